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
import { FIRST_REVISION } from '../../store.ts'
import { openSqliteStore } from '../sqlite-store.node.ts'
import { Ledger } from './ledger.node.ts'

const WRITER = fileURLToPath(new URL('./writer.node.ts', import.meta.url))
/** Many more make a soak run: `CRASH_ROUNDS=1000 node --test src/storage/sqlite/crash/kill.test.ts`. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 10)
const SEED = Number(process.env['CRASH_SEED'] ?? 1)
const HISTORY_BYTES = 2 ** 20

test(`SqliteStore keeps what it acknowledged through ${ROUNDS} times SIGKILL`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-kill-'))
  const file = join(folder, 'store.db')
  const random = seededRandom(SEED)
  let ledger = new Ledger([], FIRST_REVISION)
  let acknowledged = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      ledger.read(await killedWriter(folder, file, `${SEED}.${round}`, randomInt(random, 60)))
      acknowledged += ledger.acknowledged()
      await using store = await openSqliteStore({ file })
      await ledger.check(store)
      ledger = new Ledger((await store.list('')).entries, await store.revision())
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  assert.ok(acknowledged > ROUNDS)
})

/** Runs a writer, kills it some time after its first acknowledgement, and returns its report. */
async function killedWriter(
  folder: string,
  file: string,
  seed: string,
  delayMs: number,
): Promise<string> {
  const args = [WRITER, file, '-', seed, 'Infinity', String(HISTORY_BYTES)]
  const writer = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') },
  })
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
