import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

const SCRIPT = join(import.meta.dirname, 'slow-child.node.ts')

/** Starts a process of a cluster, and says how it ends. */
async function started(): Promise<{
  readonly child: ChildProcess
  readonly ended: Promise<readonly [exitCode: number, stderr: string]>
}> {
  // The options of the test runner are not for it.
  const child = fork(SCRIPT, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const ended = Promise.all([once(child, 'exit'), text(child.stderr!)]).then(
    ([[exitCode], stderr]) => [exitCode as number, stderr] as const,
  )
  child.send({})
  await once(child, 'message')
  return { child, ended }
}

const STOPPED = '{"type":"step","name":"stopped","ms":0,"atMs":0}\n'

test('runChild() stops in order when its supervisor is gone', async () => {
  const { child, ended } = await started()
  child.disconnect()
  assert.deepEqual(await ended, [0, STOPPED])
})

test('runChild() stops in order when its supervisor goes while it stops', async () => {
  const { child, ended } = await started()
  child.kill('SIGTERM')
  child.disconnect()
  assert.deepEqual(await ended, [0, STOPPED])
})
