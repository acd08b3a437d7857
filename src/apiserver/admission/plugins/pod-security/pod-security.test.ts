import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Namespace } from '../../../../api/core/v1/namespace.ts'
import { Namespace as NamespaceClass } from '../../../../api/core/v1/namespace.ts'
import { Deployment } from '../../../../api/apps/v1/deployment.ts'
import type { ResourceClass } from '../../../../schema/resource.ts'
import { serverMetrics } from '../../../metrics/server-metrics.ts'
import { startSecureTestServer } from '../../../testing-secure.node.ts'
import { statusWith } from '../../../testing.node.ts'
import type { AdmissionAttributes } from '../../plugin.ts'
import type { LiveObjects } from '../../../live/live-objects.ts'
import { SETTINGS_PARSERS } from '../plugin-settings.ts'
import { podTests } from '../testing-pods.node.ts'
import { podSecurity } from './pod-security.ts'

const LABEL = 'pod-security.kubernetes.io/'
const hostNetwork = { hostNetwork: true }

test('a namespace that enforces a standard takes no Pod that breaks it', async () => {
  await using tests = await podTests()
  const namespaces = tests.api.calls('v1', 'namespaces')
  await tests.create(hostNetwork, { name: 'before' })
  await namespaces.patch('default', { metadata: { labels: { [`${LABEL}enforce`]: 'baseline' } } })
  assert.equal(
    await tests.refusal(hostNetwork),
    'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  )
  await tests.create()
  await tests.api
    .calls('v1', 'pods', 'default')
    .patch('before', { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } } })
  await assert.rejects(
    tests.api.calls('v1', 'pods', 'default').patch('before', {
      spec: { containers: [{ name: 'c', image: 'other' }] },
    }),
    statusWith({ code: 403, message: /violates PodSecurity "baseline:latest"/ }),
  )
})

test('labels that say nonsense are refused', async () => {
  await using tests = await podTests()
  const labels = { [`${LABEL}enforce`]: 'strict', [`${LABEL}warn-version`]: '1' }
  await assert.rejects(
    tests.api.calls('v1', 'namespaces').create({ metadata: { name: 'n', labels } }),
    statusWith({
      code: 422,
      message:
        'Namespace "n" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1": must be "latest" or "v1.x"]',
    }),
  )
})

/** What the plugin warns of, for an object in a namespace with these labels. */
async function warnings(
  type: ResourceClass,
  labels: Readonly<Record<string, string>>,
  object: object,
  more: { readonly oldObject?: object; readonly pods?: readonly object[] } = {},
): Promise<readonly string[]> {
  const warned: string[] = []
  const namespace = { metadata: { name: 'n', labels } } as unknown as Namespace
  const live = {
    get: () => Promise.resolve(namespace),
    list: () => Promise.resolve(more.pods ?? []),
  } as unknown as LiveObjects
  await podSecurity(live).validate!({
    operation: more.oldObject ? 'UPDATE' : 'CREATE',
    type,
    subresource: '',
    namespace: 'n',
    name: 'x',
    object: object as Readonly<Record<string, unknown>>,
    oldObject: more.oldObject as Readonly<Record<string, unknown>> | undefined,
    user: { name: 'u', groups: [] },
    dryRun: false,
    warn: (text: string) => warned.push(text),
  } as unknown as AdmissionAttributes)
  return warned
}

test('a namespace that warns tells of templates that break its standard', async () => {
  const spec = { template: { metadata: {}, spec: { ...hostNetwork, containers: [{ name: 'c' }] } } }
  assert.deepEqual(
    await warnings(
      Deployment,
      { [`${LABEL}warn`]: 'baseline', [`${LABEL}warn-version`]: 'v1.30' },
      { spec },
    ),
    ['would violate PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)'],
  )
  // What is enforced is warned of as well, unless the labels say what to warn of.
  const enforced = { [`${LABEL}enforce`]: 'baseline', [`${LABEL}enforce-version`]: 'v1.30' }
  assert.deepEqual(await warnings(Deployment, enforced, { spec }), [
    'would violate PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)',
  ])
  const silent = { ...enforced, [`${LABEL}warn`]: 'privileged' }
  assert.deepEqual(await warnings(Deployment, silent, { spec }), [])
})

test('who makes a namespace stricter is told of its Pods that break the standard', async () => {
  const pod = (name: string, spec: object): object => ({
    metadata: { name },
    spec: { containers: [{ name: 'c' }], ...spec },
  })
  const labels = { [`${LABEL}enforce`]: 'baseline' }
  const object = { metadata: { name: 'n', labels } }
  const pods = [pod('a', hostNetwork), pod('b', hostNetwork), pod('c', {})]
  assert.deepEqual(
    await warnings(NamespaceClass, labels, object, {
      oldObject: { metadata: { name: 'n' } },
      pods,
    }),
    [
      'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"',
      'a (and 1 other pod): host namespaces',
    ],
  )
})

test('what is allowed, denied and exempt is counted', async () => {
  const metrics = serverMetrics()
  const settings = SETTINGS_PARSERS['PodSecurity']!(`
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: { enforce: baseline, enforce-version: v1.99 }
exemptions: { usernames: [free] }
`)
  await using api = await startSecureTestServer({ plugins: { settings }, access: { metrics } })
  const accounts = api.calls('v1', 'serviceaccounts', 'default')
  await accounts.create({ metadata: { name: 'default' }, automountServiceAccountToken: false })
  const create = (name: string, spec: object, user = 'jane'): Promise<unknown> =>
    api
      .calls('v1', 'pods', 'default', { name: user, groups: ['system:masters'] })
      .create({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } })
  await create('a', {})
  await assert.rejects(create('b', hostNetwork), /violates PodSecurity/)
  await create('c', hostNetwork, 'free')
  const lines = (await metrics.set.text()).split('\n')
  const about = 'request_operation="create",resource="pod",subresource=""'
  const standard = 'policy_level="baseline",policy_version="future",mode="enforce"'
  assert.deepEqual(
    lines.filter((line) => line.startsWith('pod_security_')),
    [
      `pod_security_evaluations_total{decision="allow",${standard},${about}} 1`,
      `pod_security_evaluations_total{decision="deny",${standard},${about}} 1`,
      `pod_security_exemptions_total{${about}} 1`,
    ],
  )
})
