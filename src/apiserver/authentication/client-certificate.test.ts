import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Authentication, Credentials } from './authenticator.ts'
import { clientCertificates } from './client-certificate.ts'
import { union } from './union.ts'

const jane = { commonName: 'jane', organizations: ['devs'] }

const cases: readonly (readonly [string, Credentials, Authentication | undefined])[] = [
  ['no certificate', {}, undefined],
  ['no name', { certificate: { ...jane, commonName: '' } }, undefined],
  [
    'not verified',
    { certificate: { error: 'unknown authority' } },
    { failure: 'unknown authority' },
  ],
  ['name and groups', { certificate: jane }, { user: { name: 'jane', groups: ['devs'] } }],
  [
    'uid and credential id',
    { certificate: { ...jane, uid: '7', credentialId: 'X509SHA256=00' } },
    {
      user: {
        name: 'jane',
        groups: ['devs'],
        uid: '7',
        extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=00'] },
      },
    },
  ],
]

for (const [what, credentials, expected] of cases) {
  test(`a client certificate: ${what}`, async () => {
    assert.deepEqual(await clientCertificates(credentials), expected)
  })
}

test('union() lets right credentials make good for wrong ones', async () => {
  const wrong = (): Authentication => ({ failure: 'no' })
  const right = (): Authentication => ({ user: { name: 'u', groups: [] } })
  const none = (): undefined => undefined
  assert.deepEqual(await union([none, wrong, right])({}), { user: { name: 'u', groups: [] } })
  assert.deepEqual(await union([wrong, none])({}), { failure: 'no' })
  assert.deepEqual(await union([wrong, wrong])({}), { failure: '[no, no]' })
  assert.equal(await union([none])({}), undefined)
})
