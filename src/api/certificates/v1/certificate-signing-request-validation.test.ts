import { LABEL_RULE, testCreates, testUpdates } from '../../testing.ts'
import { CertificateSigningRequest } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    CertificateSigningRequest,
    'nothing wrong',
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [] },
    },
    [],
  ],
  [
    CertificateSigningRequest,
    'no request, and odd usages',
    { spec: { request: 'YQ==', signerName: 'x', usages: ['any', 'any'], expirationSeconds: 1 } },
    [
      'spec.request: Invalid value: "YQ==": PEM block type must be CERTIFICATE REQUEST',
      'spec.usages[1]: Duplicate value: "any"',
      `spec.signerName: Invalid value: "x": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
      'spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 600 seconds (10 minutes)',
    ],
  ],
  [
    CertificateSigningRequest,
    'a signer that is none',
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'Example/x',
        usages: [],
      },
      status: { conditions: [] },
    },
    [
      'spec.usages: Required value',
      `spec.signerName: Invalid value: "Example": validating label "Example": ${LABEL_RULE}`,
      'spec.signerName: Invalid value: "Example": should be a domain with at least two segments separated by dots',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    CertificateSigningRequest,
    'approval through the status',
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [{ type: 'Approved', status: 'True' }] },
    },
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [] },
    },
    ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'],
    'status',
  ],
  [
    CertificateSigningRequest,
    'approval',
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [{ type: 'Approved', status: 'True' }] },
    },
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [] },
    },
    [],
    'approval',
  ],
  [
    CertificateSigningRequest,
    'approval and denial',
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: {
        conditions: [
          { type: 'Approved', status: 'False' },
          { type: 'Denied', status: 'True' },
        ],
      },
    },
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [{ type: 'Approved', status: 'True' }] },
    },
    [
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
      'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
    ],
    'approval',
  ],
  [
    CertificateSigningRequest,
    'approval taken back',
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [] },
    },
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [{ type: 'Approved', status: 'True' }] },
    },
    ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
    'approval',
  ],
  [
    CertificateSigningRequest,
    'a certificate that is none',
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [], certificate: 'YQ==' },
    },
    {
      spec: {
        request:
          'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUFBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K',
        signerName: 'example.com/x',
        usages: ['any'],
      },
      status: { conditions: [] },
    },
    [
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    ],
    'status',
  ],
])
