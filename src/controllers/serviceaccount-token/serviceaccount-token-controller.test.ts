import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Secret } from '../../api/core/v1/secret.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { liveValue } from '../../base/live-value.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import type { ServiceAccountTokenOptions } from './complete-secret.ts'
import { serviceAccountTokenController } from './serviceaccount-token-controller.ts'

const account = { namespace: 'default', name: 'robot' }
const token = { namespace: 'default', name: 'robot-token' }
const signToken: ServiceAccountTokenOptions['signToken'] = ({ serviceAccount, secretName }) =>
  `${serviceAccount.name} by ${secretName}`
const controller = serviceAccountTokenController({ rootCA: liveValue('CA'), signToken })

test('a Secret for an account is filled, and goes with the account', async () => {
  await using cluster = await testCluster([controller])
  const { client } = cluster
  const { metadata } = await client.create(ServiceAccount, { metadata: account })
  const annotations = { 'kubernetes.io/service-account.name': 'robot' }
  const type = 'kubernetes.io/service-account-token'
  await client.create(Secret, { metadata: { ...token, annotations }, type })
  await cluster.settle()
  const filled = await client.get(Secret, token)
  assert.equal(filled.metadata.annotations?.['kubernetes.io/service-account.uid'], metadata.uid)
  assert.deepEqual(
    Object.fromEntries(Object.entries(filled.data ?? {}).map(([key, value]) => [key, atob(value)])),
    { 'ca.crt': 'CA', namespace: 'default', token: 'robot by robot-token' },
  )
  await client.delete(ServiceAccount, account)
  await cluster.settle()
  assert.deepEqual((await client.list(Secret)).items, [])
})

test('an account forgets a Secret that is deleted', async () => {
  await using cluster = await testCluster([controller])
  const { client } = cluster
  await client.create(ServiceAccount, {
    metadata: account,
    secrets: [{ name: 'a' }, { name: 'b' }],
  })
  await client.create(Secret, { metadata: { ...account, name: 'a' } })
  await cluster.settle()
  await client.delete(Secret, { ...account, name: 'a' })
  await cluster.settle()
  const { secrets } = await client.get(ServiceAccount, account)
  assert.deepEqual(secrets, [{ name: 'b' }])
})

test('Secrets of accounts follow the authority', async () => {
  const rootCA = liveValue('old')
  await using cluster = await testCluster([serviceAccountTokenController({ rootCA, signToken })])
  const { client } = cluster
  await client.create(ServiceAccount, { metadata: account })
  const annotations = { 'kubernetes.io/service-account.name': 'robot' }
  const type = 'kubernetes.io/service-account-token'
  await client.create(Secret, { metadata: { ...token, annotations }, type })
  await cluster.settle()
  const data = async () => (await client.get(Secret, token)).data
  const { 'ca.crt': before, ...rest } = (await data()) ?? {}
  assert.equal(before, btoa('old'))
  rootCA.set('new')
  await cluster.settle()
  assert.deepEqual(await data(), { ...rest, 'ca.crt': btoa('new') })
})
