import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Authentication, Credentials } from './authenticator.ts'
import { serverMetrics } from '../metrics/server-metrics.ts'
import { clientCertificates } from './client-certificate.ts'
import { union } from './union.ts'

const LIFE = 'apiserver_client_certificate_expiration_seconds'
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
    assert.deepEqual(await clientCertificates()(credentials), expected)
  })
}

test('how long client certificates are good for is counted where they are shown', async () => {
  const metrics = serverMetrics()
  const authenticate = clientCertificates((notAfterMs) =>
    metrics.access.certificate(notAfterMs / 1000),
  )
  for (const notAfterMs of [3600_000, 86_400_000 * 400])
    await authenticate({ certificate: { ...jane, notAfterMs } })
  const lines = (await metrics.set.text()).split('\n')
  const count = (le: string): string | undefined =>
    lines.find((line) => line.startsWith(`${LIFE}_bucket{le="${le}"}`))?.split(' ')[1]
  assert.deepEqual(
    [count('1800'), count('3600'), count('31104000'), count('+Inf')],
    ['0', '1', '1', '2'],
  )
})

test('union() lets right credentials make good for wrong ones', async () => {
  const wrong = (): Authentication => ({ failure: 'no' })
  const right = (): Authentication => ({ user: { name: 'u', groups: [] } })
  const none = (): undefined => undefined
  assert.deepEqual(await union([none, wrong, right])({}), { user: { name: 'u', groups: [] } })
  assert.deepEqual(await union([wrong, none])({}), { failure: 'no' })
  assert.deepEqual(await union([wrong, wrong])({}), { failure: '[no, no]' })
  assert.equal(await union([none])({}), undefined)
})
