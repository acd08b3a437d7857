import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FeatureGateError } from '../base/feature-gates.ts'
import { kubernetesFeatures } from '../api/features.ts'
import { RuntimeConfigError } from '../api/runtime-config.ts'
import { chosenApi } from '../api/served-resources.ts'
import { ask1 } from '../serving/testing.node.ts'
import { prometheusRoutes } from './http/prometheus.node.ts'
import { httpsTestServer } from './http/testing.node.ts'
import { serverMetrics } from './metrics/server-metrics.ts'
import { ResourceCalls, startTestServer, statusWith } from './testing.node.ts'

const POD = {
  metadata: { name: 'a' },
  spec: {
    os: { name: 'linux' },
    containers: [{ name: 'a', image: 'a', lifecycle: { stopSignal: 'SIGUSR1' } }],
  },
}

function stopSignal(pod: unknown): string | undefined {
  const { spec } = pod as { spec: { containers: { lifecycle?: { stopSignal?: string } }[] } }
  return spec.containers[0]!.lifecycle?.stopSignal
}

test('fields of a feature that is off are dropped, and kept where it is on', async () => {
  await using off = await startTestServer()
  await using on = await startTestServer({
    features: kubernetesFeatures({ ContainerStopSignals: true }),
  })
  for (const [api, expected] of [
    [off, undefined],
    [on, 'SIGUSR1'],
  ] as const) {
    const pods = new ResourceCalls(api.transport, 'v1', 'pods', 'default')
    assert.equal(stopSignal(await pods.create(POD)), expected)
    assert.equal(stopSignal(await pods.get('a')), expected)
  }
})

test('versions that are switched on are served, in the form of what is stored', async () => {
  const { served, features } = await chosenApi({
    runtimeConfig: { 'storage.k8s.io/v1beta1': true, 'batch/v1/jobs': false },
  })
  await using api = await startTestServer({ served, features })
  const [v1, beta] = ['v1', 'v1beta1'].map(
    (version) =>
      new ResourceCalls(api.transport, `storage.k8s.io/${version}`, 'volumeattributesclasses'),
  )
  await beta!.create({ metadata: { name: 'fast' }, driverName: 'x.io', parameters: { a: 'b' } })
  assert.equal((await beta!.get('fast')).apiVersion, 'storage.k8s.io/v1beta1')
  assert.equal((await v1!.get('fast')).apiVersion, 'storage.k8s.io/v1')
  const jobs = new ResourceCalls(api.transport, 'batch/v1', 'jobs', 'default')
  await assert.rejects(() => jobs.list(), statusWith({ code: 404 }))
})

test('all that there is can be switched on at once', async () => {
  const { served, features } = await chosenApi({
    featureGates: { AllAlpha: true, AllBeta: true },
    runtimeConfig: { 'api/all': true },
  })
  await using api = await startTestServer({ served, features })
  const workloads = new ResourceCalls(
    api.transport,
    'scheduling.k8s.io/v1alpha2',
    'workloads',
    'default',
  )
  assert.equal((await workloads.list()).kind, 'WorkloadList')
  for (const { resource } of served.filter((each) => each.resource.verbs.includes('list'))) {
    const { group, version, plural } = resource
    const path = group === '' ? version : `${group}/${version}`
    const { kind } = await new ResourceCalls(api.transport, path, plural).list()
    assert.equal(kind, `${resource.kind}List`)
  }
})

test('what does not exist cannot be switched on', async () => {
  await assert.rejects(
    () => chosenApi({ featureGates: { Nope: true } }),
    new FeatureGateError('unrecognized feature gate: Nope'),
  )
  await assert.rejects(
    () => chosenApi({ featureGates: { DynamicResourceAllocation: false } }),
    new FeatureGateError(
      'cannot set feature gate DynamicResourceAllocation to false, feature is locked to true',
    ),
  )
  await assert.rejects(
    () => chosenApi({ runtimeConfig: { 'nope.io/v1': true } }),
    new RuntimeConfigError('unknown api groups nope.io'),
  )
})

test('metrics tell which features are on', async (t) => {
  const metrics = serverMetrics()
  const features = kubernetesFeatures({ CBORServingAndStorage: true })
  const routes = (): ReturnType<typeof prometheusRoutes> => prometheusRoutes(metrics)
  const { port, pki } = await httpsTestServer(t, { metrics, features, routes })
  const { certPem: cert, keyPem: key } = pki.superAdmin
  const text = (await ask1(port, '/metrics', { cert, key })).body.toString()
  for (const line of [
    'kubernetes_feature_enabled{name="CBORServingAndStorage",stage="ALPHA"} 1',
    'kubernetes_feature_enabled{name="AllAlpha",stage="ALPHA"} 0',
    'kubernetes_feature_enabled{name="DynamicResourceAllocation",stage=""} 1',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), line)
  }
})
