import assert from 'node:assert/strict'
import type { Pod } from '../../../src/api/core/v1/pod.ts'
import type { Input } from '../../../src/schema/message.ts'
import { isRunning, once, type NodeSuite } from '../node/node-suite.node.ts'
import type { ApiSource } from './api-source.ts'

type Spec = NonNullable<Input<Pod>['spec']>
type Show = () => Promise<void>

interface Consumed {
  readonly items?: NonNullable<Parameters<ApiSource['volume']>[1]>['items']
  readonly defaultMode?: number
  /** What `stat` says of the file, such as `644`. */
  readonly mode?: string
  readonly securityContext?: NonNullable<Spec['securityContext']>
}

const DATA = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' }

/** A Pod that runs a script once, with volumes mounted at `/` and their names. */
export function withVolumes(
  name: string,
  script: string,
  volumes: Readonly<Record<string, object>>,
  spec: Partial<Spec> = {},
): Input<Pod> {
  const names = Object.keys(volumes)
  return once(
    name,
    script,
    { volumeMounts: names.map((each) => ({ name: each, mountPath: `/${each}` })) },
    { volumes: names.map((each) => ({ name: each, ...volumes[each] })), ...spec },
  )
}

/** The same, after a container `first` that runs another script once. */
export function withFirst(
  name: string,
  [first, script]: readonly [string, string],
  volumes: Readonly<Record<string, object>>,
  spec: Partial<Spec> = {},
): Input<Pod> {
  const pod = withVolumes(name, script, volumes, spec)
  const main = pod.spec!.containers[0]!
  const init = { ...main, name: 'first', command: ['sh', '-c', first] }
  return { ...pod, spec: { ...pod.spec!, initContainers: [init] } }
}

/** The behaviours that volumes of all such objects have. `label` begins the names of their namespaces. */
export function filesOf(
  suite: () => NodeSuite,
  source: ApiSource,
  label: string,
): {
  readonly consumed: (name: string, options?: Consumed) => Show
  readonly inTwoVolumes: Show
  readonly updated: Show
  readonly optional: Show
} {
  return {
    consumed:
      (name, options = {}) =>
      () =>
        consumed(suite(), source, `${label}-${name}`, options),
    inTwoVolumes: () => inTwoVolumes(suite(), source, `${label}-two`),
    updated: () => updated(suite(), source, `${label}-updated`),
    optional: () => optional(suite(), source, `${label}-optional`),
  }
}

async function consumed(
  suite: NodeSuite,
  source: ApiSource,
  label: string,
  { items, defaultMode, mode = '644', securityContext }: Consumed,
): Promise<void> {
  const namespace = await suite.namespace(label)
  await source.create(suite.client, { namespace, name: 'o' }, DATA)
  const volume = source.volume('o', {
    ...(items && { items }),
    ...(defaultMode !== undefined && { defaultMode }),
  })
  const [{ key, path } = { key: 'data-1', path: 'data-1' }] = items ?? []
  const script = `cat /v/${path}; echo; stat -L -c %a /v/${path}; ls /v | wc -l`
  const pod = withVolumes('p', script, { v: volume }, securityContext && { securityContext })
  const count = items?.length ?? Object.keys(DATA).length
  const value = DATA[key as keyof typeof DATA]
  assert.equal(await suite.output(namespace, pod), `${value}\n${mode}\n${count}\n`)
}

async function inTwoVolumes(suite: NodeSuite, source: ApiSource, label: string): Promise<void> {
  const namespace = await suite.namespace(label)
  await source.create(suite.client, { namespace, name: 'o' }, DATA)
  const volumes = { v1: source.volume('o'), v2: source.volume('o') }
  const pod = withVolumes('p', 'cat /v1/data-1 /v2/data-1', volumes)
  assert.equal(await suite.output(namespace, pod), 'value-1value-1\n')
}

async function updated(suite: NodeSuite, source: ApiSource, label: string): Promise<void> {
  const namespace = await suite.namespace(label)
  const key = { namespace, name: 'o' }
  await source.create(suite.client, key, DATA)
  const scripts = ['cat /v/data-1', 'until grep new /v/data-1; do sleep 0.1; done'] as const
  const pod = await suite.run(namespace, withFirst('p', scripts, { v: source.volume('o') }))
  await suite.until(pod, isRunning)
  await source.update(suite.client, key, { 'data-1': 'new' })
  assert.equal(await suite.log(pod), 'new\n')
  assert.equal(await suite.log(pod, 'first'), 'value-1\n')
}

/** One object goes, one changes, one comes: containers see all three. */
async function optional(suite: NodeSuite, source: ApiSource, label: string): Promise<void> {
  const namespace = await suite.namespace(label)
  const { client } = suite
  const key = (name: string) => ({ namespace, name })
  for (const name of ['gone', 'changed']) await source.create(client, key(name), DATA)
  const volume = (name: string): object => source.volume(name, { optional: true })
  const first = 'cat /gone/data-1 /changed/data-1; ls /made'
  const script = [
    'while [ -e /gone/data-1 ]; do sleep 0.1; done',
    'until grep -q new /changed/data-1 && [ -e /made/data-1 ]; do sleep 0.1; done',
    'cat /changed/data-1 /made/data-1',
  ].join('; ')
  const volumes = { gone: volume('gone'), changed: volume('changed'), made: volume('made') }
  const pod = await suite.run(namespace, withFirst('p', [first, script], volumes))
  await suite.until(pod, isRunning)
  await source.remove(client, key('gone'))
  await source.update(client, key('changed'), { 'data-1': 'new' })
  await source.create(client, key('made'), { 'data-1': 'come' })
  assert.equal(await suite.log(pod), 'newcome\n')
  assert.equal(await suite.log(pod, 'first'), 'value-1value-1\n')
}
