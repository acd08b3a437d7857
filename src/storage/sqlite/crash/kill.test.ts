import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { randomInt, seededRandom } from '../../../base/random.ts'
import { openSqliteStore } from '../sqlite-store.node.ts'
import { Ledger } from './ledger.ts'

const WRITER = fileURLToPath(new URL('./writer.node.ts', import.meta.url))
/** Many more make a soak run: `CRASH_ROUNDS=1000 node --test src/storage/sqlite/crash/kill.test.ts`. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 10)
const SEED = Number(process.env['CRASH_SEED'] ?? 1)
const HISTORY_BYTES = 2 ** 20

test(`SqliteStore keeps what it acknowledged through ${ROUNDS} times SIGKILL`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-kill-'))
  const file = join(folder, 'store.db')
  const random = seededRandom(SEED)
  let acknowledged = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const ledger = await ledgerOf(file)
      ledger.read(await killedWriter(file, `${SEED}.${round}`, randomInt(random, 60)))
      await using store = await openSqliteStore({ file })
      await ledger.check(store)
      acknowledged += ledger.acknowledged()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  assert.ok(acknowledged > ROUNDS)
})

async function ledgerOf(file: string): Promise<Ledger> {
  await using store = await openSqliteStore({ file })
  return new Ledger((await store.list('')).entries, await store.revision())
}

/** Runs a writer, kills it some time after its first acknowledgement, and returns its report. */
async function killedWriter(file: string, seed: string, delayMs: number): Promise<string> {
  const args = [WRITER, file, '-', seed, 'Infinity', String(HISTORY_BYTES)]
  const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(writer, 'exit')
  let report = ''
  try {
    writer.stdout.setEncoding('utf8')
    const ended = once(writer.stdout, 'end')
    writer.stdout.on('data', (text: string) => (report += text))
    for await (const _ of on(writer.stdout, 'data')) if (report.includes('acknowledged')) break
    await delay(delayMs)
    writer.kill('SIGKILL')
    await ended
  } finally {
    writer.kill('SIGKILL')
    await exited
  }
  return report
}
