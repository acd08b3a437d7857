import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { arch, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../base/async-eventually.node.ts'
import { pauseProgram } from './pause.ts'

const runnable = platform() === 'linux' && (arch() === 'x64' || arch() === 'arm64')
const skip = runnable ? false : 'needs Linux on amd64 or arm64'

test('pauseProgram() waits, reaps children and exits on SIGTERM', { skip }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-pause-'))
  try {
    const file = join(directory, 'pause')
    await writeFile(file, pauseProgram(arch() === 'x64' ? 'amd64' : 'arm64'), { mode: 0o755 })
    // The shell leaves a child behind when it turns into the program.
    const child = spawn('sh', ['-c', `sh -c 'exit 5' & exec ${file}`], { stdio: 'ignore' })
    const exit = once(child, 'exit')

    await eventually(async () => (await readFile(`/proc/${child.pid}/comm`, 'utf8')) === 'pause\n')
    await eventually(async () => (await childrenOf(child.pid!)).length === 0)
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGCHLD'] as const) child.kill(signal)
    child.kill('SIGTERM')
    assert.deepEqual(await exit, [0, null])
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('pauseProgram() is a small static executable for each architecture', () => {
  for (const [architecture, machine] of [
    ['amd64', 62],
    ['arm64', 183],
  ] as const) {
    const program = pauseProgram(architecture)
    assert.ok(program.length < 256)
    const view = new DataView(program.buffer)
    assert.equal(view.getUint32(0), 0x7f454c46)
    assert.equal(view.getUint16(18, true), machine)
    // It starts right behind its headers.
    assert.equal(view.getBigUint64(24, true), 0x400000n + 120n)
  }
})

async function childrenOf(pid: number): Promise<string[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(
    () => undefined,
  )
  if (children !== undefined) return children.split(' ').filter(Boolean)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const stats = await Promise.all(
    pids.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')),
  )
  return stats.filter((stat) => stat.slice(stat.lastIndexOf(')')).split(' ')[2] === String(pid))
}
