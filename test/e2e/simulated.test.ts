import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { output, run } from './programs.node.ts'
import { ROOT } from './test-cluster.node.ts'
import { processesWith } from './traces.node.ts'

const TRIERARCH = join(ROOT, 'bin', 'trierarch')

test('a cluster of simulated nodes needs no root, runs a Deployment and stops', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-simulated-'))
  const trierarch = (...args: readonly string[]): Promise<string> =>
    output([TRIERARCH, ...args], { env: { TRIERARCH_DATA_DIR: dataDir, HOME: dataDir } })
  t.after(async () => {
    await run([TRIERARCH, 'down', `--data-dir=${dataDir}`])
    await rm(dataDir, { recursive: true, force: true })
  })
  const kubectl = (line: string): Promise<string> => trierarch('kubectl', ...line.split(' '))

  const flags = ['--detach', '--listen=127.0.0.1:0', '--node=simulated', '--nodes=3']
  const said = await trierarch('up', ...flags)
  assert.match(said, /^Ready in \d+ ms/m)
  await eventually(async () => (await kubectl('get nodes -o name')).split('\n').length === 3)
  await kubectl('create deployment web --image=nginx:1 --replicas=6')
  await kubectl('wait --for=condition=Available deploy/web --timeout=180s')
  assert.match(await kubectl('rollout status deploy/web --timeout=180s'), /successfully rolled out/)
  const nodes = await kubectl('get pods -o jsonpath={.items[*].spec.nodeName}')
  assert.equal(new Set(nodes.split(' ')).size, 3)
  await kubectl('set image deploy/web nginx=nginx:2')
  await kubectl('rollout status deploy/web --timeout=180s')
  await kubectl('delete deploy web')
  await kubectl('wait --for=delete pod -l app=web --timeout=180s')

  assert.equal(await trierarch('down'), 'The cluster is stopped.')
  assert.deepEqual(await processesWith([dataDir]), [])
})
