import { certificateBundleProblem, pemBlocksOf } from '../../../src/api/validation/pem.ts'
import { nodeCrypto } from '../../../src/base/crypto.node.ts'
import { systemClock } from '../../../src/base/clock.node.ts'
import {
  certificateRequestFromPem,
  isSignedByItself,
} from '../../../src/pki/certificate-request.ts'
import { parseClientIdentity } from '../../../src/pki/client-identity.ts'
import { renewPki } from '../../../src/pki/cluster-pki.ts'
import { createCertificateRequest } from '../../../src/pki/create-certificate-request.ts'
import { DerError } from '../../../src/pki/der-reader.ts'
import { decodePem, encodePem } from '../../../src/pki/pem.ts'
import { bytesOf, only, textOf, type Target } from '../target.ts'

const crypto = nodeCrypto()
const { pki } = renewPki(new Map(), { crypto, clock: systemClock })
const { privateKey } = crypto.generateKeyPair('ES256')
const REQUEST = createCertificateRequest(
  crypto,
  privateKey,
  { commonName: 'system:node:a', organizations: ['system:nodes'] },
  { dnsNames: ['a'], ipAddresses: ['10.0.0.1', 'fd00::1'] },
)
const LABEL = 'CERTIFICATE REQUEST'

const pem: Target = {
  name: 'PEM texts',
  seeds: [bytesOf(REQUEST), bytesOf(pki.ca.certPem + pki.ca.certPem)],
  tokens: [
    '-----BEGIN CERTIFICATE-----\n',
    '-----END CERTIFICATE-----\n',
    'Proc-Type: 4,ENCRYPTED\r\n',
    '\r\n',
    '\n\n',
    '=',
    '-----',
    'a:\r\n',
  ],
  read(bytes) {
    const text = textOf(bytes)
    certificateBundleProblem(bytes.toBase64())
    return [decodePem(text), pemBlocksOf(text)]
  },
  isRefusal: () => false,
}

const requests: Target = {
  name: 'certificate requests',
  seeds: [decodePem(REQUEST)[0]!.der],
  tokens: ['\u0030\u0000', '\u0031', '\u0006\u0003\u0055\u0004\u0003', '\u0030\u007f', '\u00a0'],
  read(bytes) {
    const request = certificateRequestFromPem(encodePem(LABEL, bytes))
    isSignedByItself(crypto, request)
    return request
  },
  isRefusal: only(DerError),
}

const certificates: Target = {
  name: 'client certificates',
  seeds: [decodePem(pki.superAdmin.certPem)[0]!.der, decodePem(pki.ca.certPem)[0]!.der],
  tokens: ['\u0030\u0000', '\u0031', '\u0006\u0003\u0055\u0004\u000a', '\u0017\u000d', '\u00a3'],
  read: (bytes) => parseClientIdentity(crypto, bytes),
  isRefusal: only(DerError),
}

export const CERTIFICATES: readonly Target[] = [pem, requests, certificates]
