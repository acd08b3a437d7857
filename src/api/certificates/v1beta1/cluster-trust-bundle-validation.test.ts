import { testCreates, testUpdates } from '../../testing.ts'
import { ClusterTrustBundle, PodCertificateRequest } from './index.ts'

/** A DER sequence: all that is looked at. */
const ANCHOR = '-----BEGIN CERTIFICATE-----\nMAIFAA==\n-----END CERTIFICATE-----\n'
const KEY = '-----BEGIN PRIVATE KEY-----\nMAIFAA==\n-----END PRIVATE KEY-----\n'

function named(name: string, spec: object): Readonly<Record<string, unknown>> {
  return { metadata: { name }, spec }
}

const REQUEST = {
  signerName: 'a.b/c',
  podName: 'p',
  podUID: 'u',
  serviceAccountName: 's',
  serviceAccountUID: 'u',
  nodeName: 'n',
  nodeUID: 'u',
  stubPKCS10Request: 'MAA=',
}

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [ClusterTrustBundle, 'one anchor', named('a', { trustBundle: ANCHOR }), []],
  [
    ClusterTrustBundle,
    'a signer in its name alone, and no anchor',
    named('a.b:c', { trustBundle: 'x' }),
    [
      'metadata.name: Invalid value: "a.b:c": ClusterTrustBundle without signer name must not have ":" in its name',
      'spec.trustBundle: Invalid value: "<value omitted>": at least one trust anchor must be provided',
    ],
  ],
  [
    ClusterTrustBundle,
    'a name that does not tell the signer, and a key',
    named('x', { signerName: 'a.b/c', trustBundle: `${ANCHOR}${KEY}` }),
    [
      'metadata.name: Invalid value: "x": ClusterTrustBundle for signerName a.b/c must be named with prefix a.b:c:',
      'spec.trustBundle: Invalid value: "<value omitted>": entry 1 has bad block type: PRIVATE KEY',
    ],
  ],
  [
    ClusterTrustBundle,
    'an anchor twice',
    named('a', { trustBundle: `${ANCHOR}${ANCHOR}` }),
    ['spec.trustBundle: Invalid value: "<value omitted>": duplicate trust anchor (indices [0 1])'],
  ],
  [PodCertificateRequest, 'all that is needed', { spec: REQUEST }, []],
  [
    PodCertificateRequest,
    'too long a life, and no request',
    { spec: { ...REQUEST, podUID: '', maxExpirationSeconds: 1, stubPKCS10Request: '' } },
    [
      'spec.podUID: Required value: must not be empty',
      'spec.maxExpirationSeconds: Invalid value: 1: must be in the range [3600, 7862400]',
      'spec.stubPKCS10Request: Required value: must be non-empty',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    ClusterTrustBundle,
    'another signer',
    named('a.b:c:x', { signerName: 'a.b/c', trustBundle: ANCHOR }),
    named('a.b:c:x', { trustBundle: ANCHOR }),
    ['spec.signerName: Invalid value: "a.b/c": field is immutable'],
  ],
  [
    PodCertificateRequest,
    'a certificate, but no word that it was issued',
    { spec: REQUEST, status: { certificateChain: ANCHOR } },
    { spec: REQUEST },
    [
      'status.certificateChain: Forbidden: must not be set unless the "Issued" condition is present',
    ],
    'status',
  ],
])
