import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ClusterRole } from '../../api/rbac/v1/cluster-role.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { clusterRoleAggregationController } from './clusterrole-aggregation-controller.ts'

const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })
const labels = { 'example.com/aggregate-to-reader': 'true' }

test('a ClusterRole that aggregates has the rules of those that it selects, each once', async () => {
  await using cluster = await testCluster([clusterRoleAggregationController])
  const { client } = cluster
  const role = (name: string, ...resources: string[]) =>
    client.create(ClusterRole, { metadata: { name, labels }, rules: resources.map(rule) })
  await role('b', 'secrets', 'pods')
  await role('a', 'pods')
  await client.create(ClusterRole, {
    metadata: { name: 'reader' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
  })
  await cluster.settle()
  const rules = async () => (await client.get(ClusterRole, { name: 'reader' })).rules ?? []
  assert.deepEqual(await rules(), [rule('pods'), rule('secrets')])
  await client.delete(ClusterRole, { name: 'b' })
  await cluster.settle()
  assert.deepEqual(await rules(), [rule('pods')])
})
