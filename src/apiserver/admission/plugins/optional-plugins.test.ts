import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../base/clock.node.ts'
import { systemRandom } from '../../../base/random.node.ts'
import type { PluginChoice } from './admission-plugins.ts'
import { loadPluginSettings } from './load-plugin-settings.node.ts'
import { SETTINGS_PARSERS } from './plugin-settings.ts'
import { podTests } from './testing-pods.node.ts'

const enabled = (name: string, text?: string): PluginChoice => ({
  enabled: [name],
  ...(text !== undefined && { settings: SETTINGS_PARSERS[name]!(text) }),
})

const annotate = async (
  { api }: Awaited<ReturnType<typeof podTests>>,
  annotations: Record<string, string>,
): Promise<void> => {
  await api.calls('v1', 'namespaces').patch('default', { metadata: { annotations } })
}

test('AlwaysPullImages has images pulled each time, whatever the Pod says', async () => {
  await using tests = await podTests(enabled('AlwaysPullImages'))
  const { spec } = await tests.create({
    containers: [{ name: 'c', image: 'i:1', imagePullPolicy: 'Never' }],
    initContainers: [{ name: 'd', image: 'i:1' }],
    volumes: [{ name: 'v', image: { reference: 'i:1', pullPolicy: 'Never' } }],
  })
  assert.equal(spec.containers[0]?.imagePullPolicy, 'Always')
  assert.equal(spec.initContainers?.[0]?.imagePullPolicy, 'Always')
  assert.equal(spec.volumes?.[0]?.image?.pullPolicy, 'Always')
})

test('ExtendedResourceToleration tolerates taints of the devices that are asked for', async () => {
  await using tests = await podTests(enabled('ExtendedResourceToleration'))
  const resources = { limits: { 'example.com/gpu': '1', cpu: '1', 'example.com/a': '1' } }
  const { spec } = await tests.create({ containers: [{ name: 'c', image: 'i', resources }] })
  assert.deepEqual(
    spec.tolerations?.filter(({ key }) => key?.startsWith('example.com')),
    [
      { key: 'example.com/a', operator: 'Exists' },
      { key: 'example.com/gpu', operator: 'Exists' },
    ],
  )
})

test('PodNodeSelector keeps Pods to the nodes of their namespace', async () => {
  const text = `podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: a=b, default: 'env=dev,a=b' }`
  await using tests = await podTests(enabled('PodNodeSelector', text))
  assert.deepEqual((await tests.create()).spec.nodeSelector, { a: 'b' })
  assert.match(
    await tests.refusal({ nodeSelector: { a: 'c' } }),
    /pod node label selector conflicts with its namespace node label selector$/,
  )
  assert.match(
    await tests.refusal({ nodeSelector: { other: 'c' } }),
    /pod node label selector labels conflict with its namespace whitelist$/,
  )
  await annotate(tests, { 'scheduler.alpha.kubernetes.io/node-selector': 'env=dev' })
  assert.deepEqual((await tests.create()).spec.nodeSelector, { env: 'dev' })
})

test('PodTolerationRestriction gives Pods what their namespace says, and no more', async () => {
  await using tests = await podTests(enabled('PodTolerationRestriction'))
  await annotate(tests, {
    'scheduler.alpha.kubernetes.io/defaultTolerations': JSON.stringify([
      { key: 'a', operator: 'Exists' },
    ]),
  })
  const { spec } = await tests.create({
    tolerations: [{ key: 'a', operator: 'Equal', value: 'x', effect: 'NoSchedule' }],
  })
  assert.deepEqual(spec.tolerations?.[0], { key: 'a', operator: 'Exists' })
  assert.ok(!spec.tolerations?.some(({ value }) => value === 'x'), 'the wider one includes it')
  const allowed = [
    { key: 'a', operator: 'Exists' },
    { operator: 'Exists', effect: 'NoExecute' },
  ]
  await annotate(tests, {
    'scheduler.alpha.kubernetes.io/tolerationsWhitelist': JSON.stringify(allowed),
  })
  await tests.create()
  assert.equal(
    await tests.refusal({ tolerations: [{ key: 'b', operator: 'Exists', effect: 'NoSchedule' }] }),
    'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
  )
})

test('EventRateLimit refuses events that come too fast', async () => {
  const text = `
apiVersion: eventratelimit.admission.k8s.io/v1alpha1
kind: Configuration
limits: [{ type: Namespace, qps: 1, burst: 2 }]
`
  await using tests = await podTests(enabled('EventRateLimit', text))
  const events = tests.api.calls('v1', 'events', 'default')
  const create = (name: string): Promise<unknown> =>
    events.create({
      metadata: { name },
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    })
  await create('a')
  await create('b')
  await assert.rejects(create('c'), {
    message: 'limit reached on type Namespace for key default',
  })
})

test('settings that make no sense are refused with their paths', () => {
  const event = 'apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\n'
  const message = (name: string, text: string): string => {
    try {
      SETTINGS_PARSERS[name]!(text)
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.equal(
    message('EventRateLimit', `${event}limits: [{ type: All, qps: 0, burst: 1 }]`),
    '[limits[0].type: Invalid value: "All": must be one of [Server Namespace User SourceAndObject], limits[0].qps: Invalid value: 0: must be positive]',
  )
  assert.equal(
    message('EventRateLimit', event),
    'limits: Invalid value: []: must define at least one limit',
  )
  assert.equal(message('PodNodeSelector', 'a: b'), 'podNodeSelectorPluginConfig: Required value')
})

/** A webhook that denies images whose names say so, and its kubeconfig. */
async function imageWebhook(t: TestContext): Promise<{ directory: string; asked: unknown[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-images-'))
  t.after(() => rm(directory, { recursive: true }))
  const asked: unknown[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += String(chunk)))
    request.on('end', () => {
      const { spec } = JSON.parse(text) as { spec: { containers: { image: string }[] } }
      asked.push(spec)
      const allowed = spec.containers.every(({ image }) => !image.startsWith('bad'))
      const status = { allowed, ...(!allowed && { reason: 'bad is bad' }) }
      response.end(JSON.stringify({ kind: 'ImageReview', status }))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'a', cluster: { server: `http://127.0.0.1:${port}/` } }],
    users: [{ name: 'a', user: {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  }
  await writeFile(join(directory, 'kubeconfig'), JSON.stringify(kubeconfig))
  await writeFile(
    join(directory, 'images.yaml'),
    'imagePolicy: { kubeConfigFile: kubeconfig, allowTTL: 50, denyTTL: 50, defaultAllow: false }',
  )
  await writeFile(
    join(directory, 'admission.yaml'),
    `
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - { name: ImagePolicyWebhook, path: images.yaml }
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: { enforce: baseline }
`,
  )
  return { directory, asked }
}

test('ImagePolicyWebhook asks a webhook, as the AdmissionConfiguration says', async (t) => {
  const { directory, asked } = await imageWebhook(t)
  const platform = { clock: systemClock, random: systemRandom }
  const settings = await loadPluginSettings(join(directory, 'admission.yaml'), platform)
  await using tests = await podTests({ enabled: ['ImagePolicyWebhook'], settings })
  await tests.create()
  await tests.create()
  assert.deepEqual(asked, [{ containers: [{ image: 'i' }], namespace: 'default' }])
  assert.equal(
    await tests.refusal({ containers: [{ name: 'c', image: 'bad' }] }),
    'pods "p" is forbidden: image policy webhook backend denied one or more images: bad is bad',
  )
  assert.match(await tests.refusal({ hostNetwork: true }), /violates PodSecurity "baseline:latest"/)
})
