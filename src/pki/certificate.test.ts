import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { nodeCrypto } from '../base/crypto.node.ts'
import type { SigningAlgorithm } from '../base/crypto.ts'
import { createAuthority, isIssuedBy, issueCertificate, type Authority } from './authority.ts'
import { certificateFromPem, parseCertificate } from './certificate.ts'
import { DerError } from './der-reader.ts'
import { encodePem } from './pem.ts'

const crypto = nodeCrypto()
const HOUR_MS = 3_600_000
const validity = { notBeforeMs: Date.UTC(2025, 0, 1), notAfterMs: Date.UTC(2051, 5, 7, 8, 9, 10) }

function authority(algorithm: SigningAlgorithm = 'ES256'): Authority {
  const key = crypto.generateKeyPair(algorithm).privateKey
  return createAuthority(crypto, key, { commonName: 'kubernetes', ...validity })
}

function x509(der: Uint8Array): X509Certificate {
  return new X509Certificate(der)
}

function isReadOrRefused(bytes: Uint8Array): boolean {
  try {
    parseCertificate(bytes)
    return true
  } catch (error) {
    return error instanceof DerError
  }
}

for (const algorithm of ['ES256', 'RS256'] as const) {
  test(`createAuthority() makes a root that OpenSSL accepts (${algorithm})`, () => {
    const root = x509(authority(algorithm).certificate.raw)
    assert.equal(root.ca, true)
    assert.equal(root.subject, 'CN=kubernetes')
    assert.equal(root.verify(root.publicKey), true)
    assert.equal(root.checkIssued(root), true)
    assert.equal(root.validToDate.getTime(), validity.notAfterMs)
    assert.equal(root.validFromDate.getTime(), validity.notBeforeMs)
  })

  test(`issueCertificate() makes a leaf that OpenSSL accepts (${algorithm})`, () => {
    const root = authority(algorithm)
    const { publicKey, privateKey } = crypto.generateKeyPair('ES256')
    const leaf = issueCertificate(crypto, root, {
      subject: { commonName: 'system:node:a', organizations: ['system:nodes', 'more'] },
      publicKey,
      usages: ['server', 'client'],
      alternativeNames: { dnsNames: ['localhost'], ipAddresses: ['10.96.0.1', '::1'] },
      ...validity,
    })
    const seen = x509(leaf.raw)
    assert.equal(seen.ca, false)
    assert.equal(seen.checkIssued(x509(root.certificate.raw)), true)
    assert.equal(seen.verify(x509(root.certificate.raw).publicKey), true)
    assert.equal(seen.checkHost('localhost'), 'localhost')
    assert.equal(seen.checkIP('::1'), '::1')
    assert.deepEqual(seen.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
    assert.equal(isIssuedBy(crypto, leaf, root.certificate), true)
    assert.equal(isIssuedBy(crypto, leaf, authority(algorithm).certificate), false)
    assert.equal(
      isIssuedBy(crypto, leaf, authority(algorithm === 'ES256' ? 'RS256' : 'ES256').certificate),
      false,
    )
    assert.deepEqual(crypto.publicKeyOf(privateKey).spki, new Uint8Array(leaf.spki))
  })
}

test('parseCertificate() reads back what issueCertificate() wrote', () => {
  const subject = { commonName: 'jörg', organizations: ['a', 'bcd'], uid: '42' }
  const alternativeNames = {
    dnsNames: ['kubernetes.default'],
    ipAddresses: ['127.0.0.1', 'fd00::1'],
  }
  const leaf = issueCertificate(crypto, authority(), {
    subject,
    publicKey: crypto.generateKeyPair('ES256').publicKey,
    usages: ['client'],
    alternativeNames,
    ...validity,
  })
  const read = certificateFromPem(`# a comment\n${encodePem('CERTIFICATE', leaf.raw)}`)
  assert.deepEqual(read.subject, subject)
  assert.deepEqual(read.alternativeNames, alternativeNames)
  assert.equal(read.isAuthority, false)
  assert.equal(read.notAfterMs, validity.notAfterMs)
})

test('issueCertificate() ends a certificate with its authority', () => {
  const root = authority()
  const leaf = issueCertificate(crypto, root, {
    subject: { commonName: 'a', organizations: [] },
    publicKey: crypto.generateKeyPair('ES256').publicKey,
    usages: ['client'],
    notBeforeMs: validity.notBeforeMs,
    notAfterMs: validity.notAfterMs + HOUR_MS,
  })
  assert.equal(leaf.notAfterMs, validity.notAfterMs)
})

test('parseCertificate() refuses damaged bytes with a DerError, whatever the damage', () => {
  const { raw } = authority().certificate
  fc.assert(
    fc.property(fc.nat(raw.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
      const damaged = cut ? raw.slice(0, at) : raw.with(at, byte)
      return isReadOrRefused(damaged)
    }),
  )
  assert.throws(() => certificateFromPem('nothing'), DerError)
})
