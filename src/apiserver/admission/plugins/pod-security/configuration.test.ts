import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Namespace } from '../../../../api/core/v1/namespace.ts'
import { Pod } from '../../../../api/core/v1/pod.ts'
import type { ResourceClass } from '../../../../schema/resource.ts'
import type { LiveObjects } from '../../../live/live-objects.ts'
import type { AdmissionAttributes } from '../../plugin.ts'
import { parsePodSecurity } from './configuration.ts'
import { podSecurity } from './pod-security.ts'

const HEAD = 'apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n'
const SETTINGS = `${HEAD}
defaults: { enforce: baseline, enforce-version: v1.30, audit: restricted, warn: restricted }
exemptions: { usernames: [root], namespaces: [free], runtimeClasses: [vm] }
`

test('parsePodSecurity() names all that is wrong', () => {
  const wrong = `${HEAD}
defaults: { enforce: most, warn-version: '1.2' }
exemptions: { usernames: [''], namespaces: [A, b, b], runtimeClasses: [] }
`
  assert.throws(
    () => parsePodSecurity(wrong),
    ({ message }: Error) => {
      for (const part of [
        'defaults.enforce: Invalid value: "most": must be one of privileged, baseline, restricted',
        'defaults.warn-version: Invalid value: "1.2": must be "latest" or "v1.x"',
        'exemptions.usernames[0]: Invalid value: "": username must not be empty',
        'exemptions.namespaces[0]: Invalid value: "A"',
        'exemptions.namespaces[2]: Duplicate value: "b"',
      ])
        assert.ok(message.includes(part), message)
      return true
    },
  )
})

interface Told {
  readonly refused?: string
  readonly warnings: readonly string[]
  readonly annotations: Readonly<Record<string, string>>
}

async function tell(
  type: ResourceClass,
  object: object,
  { namespace = 'n', user = 'u', labels = {} } = {},
): Promise<Told> {
  const warnings: string[] = []
  const annotations: Record<string, string> = {}
  const live = {
    get: () => Promise.resolve({ metadata: { name: namespace, labels } }),
    list: () => Promise.resolve([]),
  } as unknown as LiveObjects
  const about = {
    operation: 'CREATE',
    type,
    subresource: '',
    namespace,
    name: 'p',
    object,
    user: { name: user, groups: [] },
    warn: (text: string) => warnings.push(text),
    annotate: (key: string, value: string) => (annotations[key] = value),
  } as unknown as AdmissionAttributes
  try {
    await podSecurity(live, parsePodSecurity(SETTINGS)).validate!(about)
    return { warnings, annotations }
  } catch (error) {
    return { refused: (error as Error).message, warnings, annotations }
  }
}

const pod = (spec: object = {}): object => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', securityContext: { runAsNonRoot: true } }], ...spec },
})
const PREFIX = 'pod-security.kubernetes.io/'

test('defaults hold where labels say nothing, and the audit log is told', async () => {
  const { refused, warnings, annotations } = await tell(Pod, pod({ hostNetwork: true }))
  assert.match(
    refused ?? '',
    /violates PodSecurity "baseline:v1.30": host namespaces \(hostNetwork=true\)$/,
  )
  assert.deepEqual(warnings, [], 'who is refused needs no warning')
  assert.equal(annotations[`${PREFIX}enforce-policy`], 'baseline:v1.30')
  assert.match(
    annotations[`${PREFIX}audit-violations`] ?? '',
    /^would violate PodSecurity "restricted:latest": host namespaces/,
  )
  const labels = { [`${PREFIX}enforce`]: 'privileged', [`${PREFIX}warn`]: 'privileged' }
  const free = await tell(Pod, pod({ hostNetwork: true }), { labels })
  assert.equal(free.refused, undefined)
  assert.deepEqual(free.warnings, [])
})

test('whom the configuration exempts is noted, and held to nothing', async () => {
  const spec = { hostNetwork: true }
  const cases = [
    ['namespace', await tell(Pod, pod(spec), { namespace: 'free' })],
    ['user', await tell(Pod, pod(spec), { user: 'root' })],
    ['runtimeClass', await tell(Pod, pod({ ...spec, runtimeClassName: 'vm' }))],
  ] as const
  for (const [why, told] of cases)
    assert.deepEqual(told, { warnings: [], annotations: { [`${PREFIX}exempt`]: why } })
})

test('labels of an exempt namespace are warned of', async () => {
  const labels = { [`${PREFIX}enforce`]: 'restricted' }
  const { warnings } = await tell(Namespace, { metadata: { name: 'free', labels } })
  assert.deepEqual(warnings, [
    'namespace "free" is exempt from Pod Security, and the policy (enforce=restricted:v1.30) will be ignored',
  ])
})
