import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { ResourceQuota } from '../../api/core/v1/resource-quota.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { resourceQuotaController } from './resourcequota-controller.ts'

const key = { namespace: 'default', name: 'quota' }

test('a quota tells what is used, and follows what goes away', async () => {
  const builtIn = [ConfigMap, Pod, ResourceQuota]
  await using cluster = await testCluster([resourceQuotaController({ builtIn })])
  const { client } = cluster
  const used = async () => (await client.get(ResourceQuota, key)).status.used
  const pod = async (name: string) =>
    client.create(Pod, {
      metadata: { namespace: 'default', name },
      spec: {
        containers: [{ name: 'main', image: 'i', resources: { requests: { cpu: '250m' } } }],
      },
    })
  const [first] = [await pod('a'), await pod('b')]
  await client.create(ResourceQuota, {
    metadata: key,
    spec: { hard: { pods: '10', 'requests.cpu': '2', configmaps: '5', 'example.com/x': '1' } },
  })
  await cluster.settle()
  assert.deepEqual(await used(), { configmaps: '0', pods: '2', 'requests.cpu': '500m' })
  await client.updateStatus(Pod, { ...first, status: { ...first.status, phase: 'Succeeded' } })
  await cluster.settle()
  assert.deepEqual(await used(), { configmaps: '0', pods: '1', 'requests.cpu': '250m' })
  await client.delete(Pod, { namespace: 'default', name: 'b' })
  await cluster.settle()
  assert.deepEqual(await used(), { configmaps: '0', pods: '0', 'requests.cpu': '0' })
})
