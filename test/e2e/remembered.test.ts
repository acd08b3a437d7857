import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { run } from './programs.node.ts'
import { ROOT } from './test-cluster.node.ts'

const TRIERARCH = join(ROOT, 'bin', 'trierarch')

/** What a command says that a data directory with such a file makes fail. */
async function refusal(
  t: TestContext,
  [name, content]: readonly [string, unknown],
  args: readonly string[],
): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-remembered-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  await writeFile(join(dataDir, name), JSON.stringify(content))
  const { code, stderr } = await run([TRIERARCH, ...args, `--data-dir=${dataDir}`])
  assert.equal(code, 1, stderr)
  return stderr.trim()
}

test('join refuses to join a machine as another node than it is', async (t) => {
  const joined = { server: 'https://10.0.0.1:6443', nodeName: 'oar', config: {} }
  const said =
    'This machine is already the node oar of https://10.0.0.1:6443: to join as another, name another --data-dir.'
  for (const args of [['10.0.0.2:6443'], ['10.0.0.1:6443', '--node-name=sail']])
    assert.equal(await refusal(t, ['joined.json', joined], ['join', ...args]), said)
})

test('simulate refuses where nobody plays the nodes', async (t) => {
  const supervisor = { pid: process.pid, startTime: '0' }
  const say = (node: string): Promise<string> =>
    refusal(t, ['run.json', { supervisor, node }], ['simulate', '--nodes=3'])
  assert.equal(
    await say('containerd'),
    'Cannot simulate nodes: this cluster was started with real ones.',
  )
  assert.equal(await say('none'), 'Cannot simulate nodes: this cluster was started with no nodes.')
})
