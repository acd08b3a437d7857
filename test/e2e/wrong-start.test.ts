import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, test, type TestContext } from 'node:test'
import { whyNoContainers } from '../containerd/test-node.node.ts'
import { run, type RunOptions } from './programs.node.ts'
import { ROOT, testCluster } from './test-cluster.node.ts'
import { processesWith, tracesOf } from './traces.node.ts'

const skip = await whyNoContainers()
const TRIERARCH = join(ROOT, 'bin', 'trierarch')

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-wrong-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Runs `up`, which must fail with exit code 1 and one sentence on standard error. Gives that. */
async function failingUp(
  dataDir: string,
  flags: readonly string[],
  options: RunOptions & {
    readonly inside?: (command: readonly string[]) => readonly string[]
  } = {},
): Promise<string> {
  const { inside = (command) => command } = options
  const command = [process.execPath, TRIERARCH, 'up', '--detach', `--data-dir=${dataDir}`, ...flags]
  const { code, stderr } = await run(inside(command), options)
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^[^\n]+\n$/)
  return stderr.trim()
}

describe('up that cannot start says why in one sentence and leaves nothing behind', () => {
  test('a port that is used', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const dataDir = join(await directory(t), 'data')
    const said = await failingUp(dataDir, ['--node=none', `--listen=127.0.0.1:${port}`])
    assert.ok(said.includes(`127.0.0.1:${port}`), said)
    assert.deepEqual(await processesWith([dataDir]), [])
  })

  test('down where no node has ever been', async (t) => {
    const dataDir = await directory(t)
    const { code, stdout, stderr } = await run([TRIERARCH, 'down', `--data-dir=${dataDir}`])
    assert.equal(code, 0, stderr)
    assert.equal(stdout, 'The cluster was not running.\n')
  })

  test('a data directory that cannot be written', async (t) => {
    const file = join(await directory(t), 'file')
    await writeFile(file, '')
    const said = await failingUp(join(file, 'data'), ['--node=none', '--listen=127.0.0.1:0'])
    assert.equal(
      said,
      `Cannot use data directory ${file}/data: it is not a directory; choose another with --data-dir.`,
    )
  })

  test('a kubeconfig that is broken', async (t) => {
    const kubeconfig = join(await directory(t), 'kubeconfig')
    await writeFile(kubeconfig, 'clusters: [\n')
    const dataDir = join(await directory(t), 'data')
    const flags = ['--node=none', '--listen=127.0.0.1:0', `--kubeconfig=${kubeconfig}`]
    const said = await failingUp(dataDir, flags)
    assert.ok(said.startsWith(`Cannot merge into the kubeconfig ${kubeconfig}: `), said)
    assert.deepEqual(await processesWith([dataDir]), [])
  })

  const needsRoot = process.getuid?.() === 0 ? false : 'needs root'
  test('a containerd that is missing', { skip: needsRoot }, async (t) => {
    const PATH = await directory(t)
    const dataDir = join(await directory(t), 'data')
    const flags = ['--node=containerd', '--listen=127.0.0.1:0']
    const said = await failingUp(dataDir, flags, { env: { PATH } })
    assert.match(said, /^Cannot run containers on this machine: containerd.* not installed/)
    assert.deepEqual(await processesWith([dataDir]), [])
  })

  test('a containerd that refuses', { skip }, async (t) => {
    await using cluster = await testCluster()
    const before = await tracesOf(cluster)
    const broken = await directory(t)
    await writeFile(join(broken, 'containerd'), '#!/bin/sh\necho "it refuses" >&2\nexit 1\n')
    await chmod(join(broken, 'containerd'), 0o755)
    const env = { PATH: `${broken}:${process.env['PATH']}` }
    const flags = ['--node=containerd', '--listen=127.0.0.1:0']
    const { inside } = cluster.machine
    const said = await failingUp(cluster.dataDir, flags, { env, inside })
    assert.match(said, /^Cannot start containerd: it refuses/)
    assert.deepEqual(await tracesOf(cluster), before)
  })
})
