import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { PersistentVolumeClaim } from '../../api/core/v1/persistent-volume-claim.ts'
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

test('a quota counts what is in all of its scopes, and extended resources', async () => {
  const builtIn = [Pod, PersistentVolumeClaim, ResourceQuota]
  await using cluster = await testCluster([resourceQuotaController({ builtIn })])
  const { client } = cluster
  const namespace = 'default'
  const limits = { cpu: '1', 'example.com/gpu': '2' }
  const affinity = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'zone', labelSelector: {}, namespaces: ['other'] },
      ],
    },
  }
  const pods: readonly (readonly [string, object, object?])[] = [
    ['plain', {}],
    ['sized', {}, { limits, requests: limits }],
    ['ends', { activeDeadlineSeconds: 60 }],
    ['across', { affinity }],
  ]
  for (const [name, spec, resources = {}] of pods) {
    const containers = [{ name: 'main', image: 'i', resources }]
    await client.create(Pod, { metadata: { namespace, name }, spec: { containers, ...spec } })
  }
  for (const name of ['gold', undefined]) {
    await client.create(PersistentVolumeClaim, {
      metadata: { namespace, name: `claim-${name}` },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        ...(name && { volumeAttributesClassName: name }),
      },
    })
  }
  const select = (scopeName: string, operator: string, ...values: string[]) => ({
    scopeSelector: {
      matchExpressions: [{ scopeName, operator, ...(values.length > 0 && { values }) }],
    },
  })
  const quotas: readonly (readonly [object, string, string])[] = [
    [{}, 'pods', '4'],
    [{}, 'requests.example.com/gpu', '2'],
    [{ scopes: ['Terminating'] }, 'pods', '1'],
    [{ scopes: ['NotTerminating'] }, 'pods', '3'],
    [{ scopes: ['BestEffort'] }, 'pods', '3'],
    [{ scopes: ['NotBestEffort'] }, 'requests.cpu', '1'],
    [{ scopes: ['NotTerminating', 'BestEffort'] }, 'pods', '2'],
    [{ scopes: ['CrossNamespacePodAffinity'] }, 'pods', '1'],
    [select('PriorityClass', 'DoesNotExist'), 'pods', '4'],
    [select('PriorityClass', 'In', 'high'), 'pods', '0'],
    [select('VolumeAttributesClass', 'In', 'gold'), 'persistentvolumeclaims', '1'],
    [select('VolumeAttributesClass', 'Exists'), 'requests.storage', '1Gi'],
  ]
  for (const [i, [spec, resource]] of quotas.entries()) {
    const hard = { [resource]: '10' }
    await client.create(ResourceQuota, {
      metadata: { namespace, name: `q${i}` },
      spec: { hard, ...spec },
    })
  }
  await cluster.settle()
  for (const [i, [spec, resource, used]] of quotas.entries()) {
    const { status } = await client.get(ResourceQuota, { namespace, name: `q${i}` })
    assert.deepEqual(status.used, { [resource]: used }, JSON.stringify(spec))
  }
})
