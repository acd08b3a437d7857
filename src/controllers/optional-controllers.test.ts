import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { StorageVersion } from '../api/apiserverinternal/v1alpha1/storage-version.ts'
import type { ClusterTrustBundle } from '../api/certificates/v1beta1/cluster-trust-bundle.ts'
import type { PodCertificateRequest } from '../api/certificates/v1beta1/pod-certificate-request.ts'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Lease } from '../api/coordination/v1/lease.ts'
import { kubernetesFeatures, type FeatureName } from '../api/features.ts'
import { servedResources } from '../api/served-resources.ts'
import type { StorageVersionMigration } from '../api/storagemigration/v1beta1/storage-version-migration.ts'
import { isNotFound } from '../apimachinery/status-predicates.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { liveValue } from '../base/live-value.ts'
import { MetricSet } from '../base/metrics.ts'
import type { Controller } from '../controller-runtime/index.ts'
import { controllerMetrics } from '../controller-runtime/metrics.ts'
import { testCluster } from '../controller-runtime/testing.ts'
import { createAuthority } from '../pki/authority.ts'
import { encodePem } from '../pki/pem.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { podCertificateCleaner } from './certificates/pod-certificate-cleaner.ts'
import { servedKind } from '../api/served-kind.ts'
import { storageVersionGarbageCollector } from './storage-version-garbage-collector/storage-version-garbage-collector.ts'
import { storageVersionMigrator } from './storage-version-migrator/storage-version-migrator.ts'
import { trustBundlePublisher } from './trust-bundle-publisher/trust-bundle-publisher.ts'

/** A cluster that serves a kind behind a feature, with the controller that works on it. */
async function setUp<T>(
  feature: FeatureName,
  [group, plural]: readonly [string, string],
  make: (type: ResourceClass<T>, served: readonly ResourceClass[]) => Controller,
) {
  const features = kubernetesFeatures({ [feature]: true })
  const served = await servedResources({ 'api/all': true }, features)
  const type = servedKind<T>(served, group, plural)!
  const metrics = new MetricSet()
  const cluster = await testCluster([make(type, served)], {
    served,
    features,
    controllerMetrics: controllerMetrics(metrics),
  })
  return Object.assign(cluster, { type, metrics })
}

test('PodCertificateRequests go after a quarter of an hour', async () => {
  await using cluster = await setUp<PodCertificateRequest>(
    'PodCertificateRequest',
    ['certificates.k8s.io', 'podcertificaterequests'],
    podCertificateCleaner,
  )
  const { client, clock, type } = cluster
  await client.create(type, {
    metadata: { namespace: 'default', name: 'r' },
    spec: {
      signerName: 'example.com/signer',
      podName: 'p',
      podUID: 'u1',
      serviceAccountName: 'default',
      serviceAccountUID: 'u2',
      nodeName: 'n',
      nodeUID: 'u3',
      stubPKCS10Request: 'AAAA',
    },
  })
  await clock.advance(890_000)
  assert.equal((await client.list(type)).items.length, 1)
  await clock.advance(20_000)
  assert.deepEqual((await client.list(type)).items, [])
})

test('whom to trust as the API server is published, and again when that changes', async () => {
  const crypto = nodeCrypto()
  const authority = (): string => {
    const { privateKey } = crypto.generateKeyPair('ES256')
    const validity = { notBeforeMs: 0, notAfterMs: 2e12 }
    const { certificate } = createAuthority(crypto, privateKey, { commonName: 'ca', ...validity })
    return encodePem('CERTIFICATE', certificate.raw)
  }
  const rootCA = liveValue(authority())
  await using cluster = await setUp<ClusterTrustBundle>(
    'ClusterTrustBundle',
    ['certificates.k8s.io', 'clustertrustbundles'],
    (type) => trustBundlePublisher(type, { crypto, rootCA }),
  )
  const { client, type } = cluster
  const bundles = async () => (await client.list(type)).items
  const [first, ...others] = await bundles()
  assert.deepEqual(others, [])
  const signerName = 'kubernetes.io/kube-apiserver-serving'
  assert.deepEqual(first!.spec, { signerName, trustBundle: rootCA.current })
  assert.match(first!.metadata.name, /^kubernetes\.io:kube-apiserver-serving:[0-9a-f]{24}$/)

  await client.delete(type, first!.metadata)
  await cluster.settle()
  assert.equal((await bundles()).length, 1)

  rootCA.set(authority())
  await cluster.settle()
  const [second, ...rest] = await bundles()
  assert.deepEqual(rest, [])
  assert.equal(second!.spec.trustBundle, rootCA.current)
  assert.notEqual(second!.metadata.name, first!.metadata.name)
  const counted = await cluster.metrics.text()
  assert.match(counted, /^clustertrustbundle_publisher_sync_total\{code="200"\} [1-9]/m)
  assert.match(
    counted,
    /^clustertrustbundle_publisher_sync_duration_seconds_count\{code="200"\} [1-9]/m,
  )
})

test('what API servers that are gone said of their storage versions is taken back', async () => {
  await using cluster = await setUp<StorageVersion>(
    'StorageVersionAPI',
    ['internal.apiserver.k8s.io', 'storageversions'],
    storageVersionGarbageCollector,
  )
  const { client, type } = cluster
  const labels = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }
  const lease = (name: string) => ({
    metadata: { namespace: 'kube-system', name, labels },
    spec: {},
  })
  for (const name of ['a', 'b']) await client.create(Lease, lease(name))
  await cluster.settle()
  const server = (apiServerID: string, encodingVersion: string) => ({
    apiServerID,
    encodingVersion,
    decodableVersions: [encodingVersion],
  })
  const name = 'apps.deployments'
  const created = await client.create(type, { metadata: { name } })
  const storageVersions = [server('a', 'apps/v1'), server('b', 'apps/v1beta1')]
  await client.updateStatus(type, { ...created, status: { storageVersions } })
  await cluster.settle()
  assert.equal((await client.get(type, { name })).status.storageVersions!.length, 2)

  await client.delete(Lease, { namespace: 'kube-system', name: 'b' })
  await cluster.settle()
  const { status } = await client.get(type, { name })
  assert.deepEqual(
    status.storageVersions!.map(({ apiServerID }) => apiServerID),
    ['a'],
  )
  assert.equal(status.commonEncodingVersion, 'apps/v1')
  const [condition] = status.conditions!
  assert.deepEqual(
    [condition!.type, condition!.status, condition!.reason, condition!.message],
    ['AllEncodingVersionsEqual', 'True', 'CommonEncodingVersionSet', 'Common encoding version set'],
  )

  await client.delete(Lease, { namespace: 'kube-system', name: 'a' })
  await cluster.settle()
  await assert.rejects(client.get(type, { name }), isNotFound)
})

const setUpMigrations = () =>
  setUp<StorageVersionMigration>(
    'StorageVersionMigrator',
    ['storagemigration.k8s.io', 'storageversionmigrations'],
    (type, builtIn) => storageVersionMigrator(type, { builtIn }),
  )

test('a migration writes all objects of a resource anew, and tells of it', async () => {
  await using cluster = await setUpMigrations()
  const { client, type } = cluster
  for (let i = 0; i < 3; i += 1) {
    await client.create(ConfigMap, { metadata: { namespace: 'default', name: `c${i}` } })
  }
  await client.create(type, {
    metadata: { name: 'm' },
    spec: { resource: { group: '', resource: 'configmaps' } },
  })
  await cluster.settle()
  const { status } = await client.get(type, { name: 'm' })
  assert.deepEqual(
    status.conditions!.map((each) => [each.type, each.status, each.reason]),
    [
      ['Running', 'False', 'StorageVersionMigrationInProgress'],
      ['Succeeded', 'True', 'StorageVersionMigrationSucceeded'],
    ],
  )
  assert.match(status.resourceVersion!, /^\d+$/)
  // None of them claims a field for that.
  const { items } = await client.list(ConfigMap, { namespace: 'default' })
  const managers = items
    .flatMap((each) => each.metadata.managedFields ?? [])
    .map((each) => each.manager)
  assert.ok(!managers.includes('storage-version-migrator-controller'))
})

test('a migration of a resource that there is not fails after a minute', async () => {
  await using cluster = await setUpMigrations()
  const { client, type, clock } = cluster
  await client.create(type, {
    metadata: { name: 'm' },
    spec: { resource: { group: 'example.com', resource: 'things' } },
  })
  await cluster.settle()
  assert.equal((await client.get(type, { name: 'm' })).status.conditions, undefined)
  await clock.advance(70_000)
  const [condition] = (await client.get(type, { name: 'm' })).status.conditions!
  assert.deepEqual(
    [condition!.type, condition!.reason, condition!.message],
    ['Failed', 'StorageVersionMigrationFailed', 'resource not found'],
  )
})
