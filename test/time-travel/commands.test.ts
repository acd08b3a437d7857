import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Cluster } from 'trierarch'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { run, start, type Result } from '../e2e/programs.node.ts'
import { ROOT } from '../e2e/test-cluster.node.ts'

const TRIERARCH = join(ROOT, 'bin', 'trierarch')
const KEY = { namespace: 'default', name: 'settings' }

const action = (ms: number, rest: object): string =>
  JSON.stringify({
    apiVersion: 'action.kwok.x-k8s.io/v1alpha1',
    kind: 'ResourcePatch',
    resource: { version: 'v1', resource: 'configmaps' },
    target: { namespace: 'default', name: 'settings' },
    durationNanosecond: ms * 1e6,
    ...rest,
  })

const RECORDING = [
  action(0, {
    method: 'create',
    template: { metadata: { namespace: 'default', name: 'settings' } },
  }),
  action(500, { method: 'patch', patchType: 'merge', template: { data: { oars: '2' } } }),
].join('\n')

describe('the commands that read the past', () => {
  let cluster: Cluster
  let dataDir: string
  let first: string
  let second: string

  before(async () => {
    cluster = await Cluster.start({ nodes: 0 })
    dataDir = await mkdtemp(join(tmpdir(), 'trierarch-past-'))
    await writeFile(join(dataDir, 'kubeconfig'), await cluster.kubeconfig())
    const created = await cluster.client.create(ConfigMap, { metadata: KEY, data: { oars: '1' } })
    const changed = await cluster.client.patch(ConfigMap, KEY, 'merge', { data: { oars: '2' } })
    await cluster.client.delete(ConfigMap, KEY)
    first = created.metadata.resourceVersion
    second = changed.metadata.resourceVersion
  })
  after(async () => {
    await cluster[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  const env = () => ({ TRIERARCH_DATA_DIR: dataDir })
  const trierarch = (...args: readonly string[]): Promise<Result> =>
    run([TRIERARCH, ...args], { env: env() })

  test('`trierarch at` is kubectl, in the state of then', async () => {
    const read = ['get', 'configmap', 'settings', '-o', 'jsonpath={.data.oars}']
    assert.equal((await trierarch('at', first, ...read)).stdout, '1')
    assert.equal((await trierarch('at', second, ...read)).stdout, '2')
    const { code, stderr } = await trierarch('at', first, 'create', 'configmap', 'other')
    assert.equal(code, 1)
    assert.match(stderr, /does not allow this method/)
    const wrong = await trierarch('at', 'yesterday', 'get', 'pods')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /^"yesterday" is no revision, time or duration: give for example/)
  })

  test('`trierarch diff` tells two states apart, for people and as data', async () => {
    const { stdout } = await trierarch('diff', first, second)
    assert.equal(stdout, '~ v1 ConfigMap default/settings\n    data.oars: "1" -> "2"\n')
    const now = await trierarch('diff', second)
    assert.equal(now.stdout, '- v1 ConfigMap default/settings\n')
    const json = await trierarch('diff', first, second, '-o', 'json')
    const object = 'v1 ConfigMap default/settings'
    const fields = [{ path: 'data.oars', before: '1', after: '2' }]
    assert.deepEqual(JSON.parse(json.stdout), [{ type: 'changed', object, fields }])
  })

  test('`trierarch record` writes down what has happened since', async () => {
    const file = join(dataDir, 'recording.jsonl')
    await using recording = start([TRIERARCH, 'record', file, '--from', first], env())
    const lines = async (): Promise<readonly string[]> =>
      (await readFile(file, 'utf8').catch(() => '')).split('\n')
    const isDeleted = (line: string): boolean => /"name":"settings".*"delete"/.test(line)
    await eventually(async () => (await lines()).some(isDeleted))
    recording.program.kill('SIGINT')
    assert.equal(await recording.ended, 0)
    assert.match(recording.printed(), /^Recorded \d+ actions in /)
    const again = await trierarch('record', file)
    assert.equal(again.code, 1)
    assert.equal(again.stderr, `Cannot write ${file}: it exists already.\n`)
  })

  test('`trierarch replay` does what was recorded again, and waits where it paused', async () => {
    const file = join(dataDir, 'replay.jsonl')
    await writeFile(file, RECORDING)
    assert.equal((await trierarch('replay', file)).stdout, 'Replayed 2 of 2 actions.\n')
    assert.deepEqual((await cluster.client.get(ConfigMap, KEY)).data, { oars: '2' })
  })
})
