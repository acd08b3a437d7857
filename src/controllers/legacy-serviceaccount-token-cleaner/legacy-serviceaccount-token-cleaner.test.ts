import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { podTemplate } from '../testing.ts'
import { planCleaning } from './cleaning-plan.ts'
import { legacyServiceAccountTokenCleaner } from './legacy-serviceaccount-token-cleaner.ts'

const DAY_MS = 86_400_000
const NOW = '2026-06-30T12:00:00Z'

function secret(created: string, labels: Readonly<Record<string, string>> = {}): Secret {
  const metadata = { name: 't', namespace: 'default', creationTimestamp: created, labels }
  return { metadata, type: 'kubernetes.io/service-account-token' } as unknown as Secret
}

const plan = (token: Secret, trackedSince = '2026-01-01') =>
  planCleaning(token, trackedSince, { nowMs: Date.parse(NOW), periodMs: 10 * DAY_MS })

const OLD = '2025-01-01T00:00:00Z'
const USED = 'kubernetes.io/legacy-token-last-used'
const INVALID = 'kubernetes.io/legacy-token-invalid-since'

test('planCleaning() keeps what is new, was used lately, or has not been watched for long enough', () => {
  const keep = { type: 'keep' }
  assert.deepEqual(plan(secret('2026-06-25T00:00:00Z')), keep)
  assert.deepEqual(plan(secret(OLD, { [USED]: '2026-06-20' })), keep)
  assert.deepEqual(plan(secret(OLD, { [USED]: 'yesterday' })), keep)
  assert.deepEqual(plan(secret(OLD), '2026-06-20'), keep)
  assert.deepEqual(plan(secret(OLD), ''), keep)
})

test('planCleaning() makes invalid what is of no use, and deletes it when it has been so for long', () => {
  const invalidate = { type: 'invalidate', since: '2026-06-30' }
  assert.deepEqual(plan(secret(OLD)), invalidate)
  assert.deepEqual(plan(secret(OLD, { [USED]: '2026-06-19' })), invalidate)
  assert.deepEqual(plan(secret(OLD, { [INVALID]: 'nonsense' })), invalidate)
  assert.deepEqual(plan(secret(OLD, { [INVALID]: '2026-06-20' })), { type: 'keep' })
  assert.deepEqual(plan(secret(OLD, { [INVALID]: '2026-06-19' })), { type: 'delete' })
})

test('tokens that accounts name and nobody uses become invalid, and then go', async () => {
  const controller = legacyServiceAccountTokenCleaner({ legacyTokenCleanUpMs: 2 * DAY_MS })
  await using cluster = await testCluster([controller])
  const { client, clock } = cluster
  const since = new Date(clock.now()).toISOString().slice(0, 10)
  await client.create(ConfigMap, {
    metadata: {
      namespace: 'kube-system',
      name: 'kube-apiserver-legacy-service-account-token-tracking',
    },
    data: { since },
  })
  const namespace = 'default'
  await client.create(ServiceAccount, {
    metadata: { namespace, name: 'sa' },
    secrets: [{ name: 'auto' }, { name: 'mounted' }],
  })
  for (const name of ['auto', 'mounted', 'made-by-hand']) {
    const annotations = { 'kubernetes.io/service-account.name': 'sa' }
    const type = 'kubernetes.io/service-account-token'
    await client.create(Secret, { metadata: { namespace, name, annotations }, type })
  }
  const { spec } = podTemplate('p')
  const volumes = [{ name: 'v', secret: { secretName: 'mounted' } }]
  await client.create(Pod, { metadata: { namespace, name: 'p' }, spec: { ...spec, volumes } })

  const labels = async (name: string) =>
    (await client.get(Secret, { namespace, name })).metadata.labels
  await clock.advance(5 * DAY_MS)
  assert.match((await labels('auto'))![INVALID]!, /^\d{4}-\d\d-\d\d$/)
  assert.equal(await labels('mounted'), undefined)
  assert.equal(await labels('made-by-hand'), undefined)
  await clock.advance(4 * DAY_MS)
  const names = (await client.list(Secret, { namespace })).items.map((each) => each.metadata.name)
  assert.deepEqual(names, ['made-by-hand', 'mounted'])
})
