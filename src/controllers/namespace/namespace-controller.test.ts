import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ConfigMap } from '../../api/core/v1/config-map.ts'
import { Namespace } from '../../api/core/v1/namespace.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { Secret } from '../../api/core/v1/secret.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { liveValue } from '../../base/live-value.ts'
import { testCluster, type TestCluster } from '../../controller-runtime/testing.ts'
import { rootCaPublisher } from '../root-ca-publisher/root-ca-publisher.ts'
import { serviceAccountController } from '../serviceaccount/serviceaccount-controller.ts'
import { podTemplate } from '../testing.ts'
import { namespaceController } from './namespace-controller.ts'

const builtIn = [Namespace, ConfigMap, Secret, Pod, ServiceAccount]
const setUp = (rootCA = liveValue('PEM')) =>
  testCluster([
    namespaceController({ builtIn }),
    serviceAccountController,
    rootCaPublisher({ rootCA }),
  ])
const key = { name: 'team' }

const isGone = async ({ client }: TestCluster) => {
  try {
    await client.get(Namespace, key)
    return false
  } catch (error) {
    return isNotFound(error)
  }
}

test('a namespace gets its service account and the CA of the API server, also when they are lost', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Namespace, { metadata: key })
  await cluster.settle()
  const account = { namespace: 'team', name: 'default' }
  const ca = { namespace: 'team', name: 'kube-root-ca.crt' }
  const published = await client.get(ConfigMap, ca)
  assert.deepEqual(published.data, { 'ca.crt': 'PEM' })
  assert.match(published.metadata.annotations!['kubernetes.io/description']!, /^Contains a CA/)
  await client.delete(ServiceAccount, account)
  await client.update(ConfigMap, { ...published, data: { 'ca.crt': 'wrong' } })
  await cluster.settle()
  await client.get(ServiceAccount, account)
  assert.deepEqual((await client.get(ConfigMap, ca)).data, { 'ca.crt': 'PEM' })
})

test('a namespace is emptied and goes away', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Namespace, { metadata: key })
  await client.create(Secret, { metadata: { namespace: 'team', name: 's' } })
  await cluster.settle()
  await client.delete(Namespace, key)
  await cluster.settle()
  assert.equal(await isGone(cluster), true)
  assert.deepEqual((await client.list(Secret, { namespace: 'team' })).items, [])
  assert.deepEqual((await client.list(ConfigMap, { namespace: 'team' })).items, [])
})

test('a namespace tells what keeps it, and takes Pods before all else', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Namespace, { metadata: key })
  const { spec } = podTemplate('web')
  const finalizers = ['example.com/a']
  await client.create(Pod, { metadata: { namespace: 'team', name: 'p', finalizers }, spec })
  await client.create(Secret, { metadata: { namespace: 'team', name: 's', finalizers } })
  await cluster.settle()
  await client.delete(Namespace, key)
  await cluster.settle()
  const conditions = async () => {
    const { status } = await client.get(Namespace, key)
    return Object.fromEntries(
      (status.conditions ?? []).map(({ type, status: holds, reason, message }) => [
        type,
        `${holds} ${reason}: ${message}`,
      ]),
    )
  }
  const finished =
    'False ContentDeleted: All content successfully deleted, may be waiting on finalization'
  assert.deepEqual(await conditions(), {
    NamespaceDeletionDiscoveryFailure:
      'False ResourcesDiscovered: All resources successfully discovered',
    NamespaceDeletionGroupVersionParsingFailure:
      'False ParsedGroupVersions: All legacy kube types successfully parsed',
    NamespaceDeletionContentFailure: finished,
    NamespaceContentRemaining:
      'True SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances',
    NamespaceFinalizersRemaining:
      'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/a in 1 resource instances',
  })
  await client.get(ServiceAccount, { namespace: 'team', name: 'default' })
  const release = { metadata: { finalizers: null } }
  await client.patch(Pod, { namespace: 'team', name: 'p' }, 'merge', release)
  await cluster.settle()
  assert.match((await conditions())['NamespaceContentRemaining']!, /secrets\. has 1/)
  await client.patch(Secret, { namespace: 'team', name: 's' }, 'merge', release)
  await cluster.settle()
  assert.equal(await isGone(cluster), true)
})
