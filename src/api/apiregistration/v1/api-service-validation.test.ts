import { testCreates } from '../../testing.ts'
import { APIService } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    APIService,
    'odd priorities',
    {
      spec: {
        group: 'a.b',
        version: 'v1',
        groupPriorityMinimum: 0,
        versionPriority: 1001,
        insecureSkipTLSVerify: true,
      },
    },
    [
      'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.a.b"',
      'spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
  ],
  [
    APIService,
    'a service that is none',
    {
      metadata: { name: 'v1.a.b' },
      spec: {
        group: 'a.b',
        version: 'v1',
        groupPriorityMinimum: 1,
        versionPriority: 1,
        service: {},
        caBundle: 'YQ==',
      },
    },
    [
      'spec.service.namespace: Required value',
      'spec.service.name: Required value',
      'spec.caBundle: Invalid value: "YQ==": unable to load root certificates: data does not contain any valid RSA or ECDSA certificates',
    ],
  ],
])
