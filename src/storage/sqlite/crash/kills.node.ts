import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { randomInt, seededRandom } from '../../../base/random.ts'
import { FIRST_REVISION } from '../../store.ts'
import { openSqliteStore } from '../sqlite-store.node.ts'
import { Ledger } from './ledger.node.ts'

const WRITER = fileURLToPath(new URL('./writer.node.ts', import.meta.url))
const HISTORY_BYTES = 2 ** 20
const START_FACTOR = 5 // A start takes longer than what is waited for after it.
const START_SHARE = 0.2 // So many rounds end while the store may not even be open.

/**
 * Kills a writer again and again, some moment after its start or after its first acknowledgement, and checks each time
 * that what was acknowledged is there. Returns how many writes were. Throws where something is not as promised.
 */
export async function killRepeatedly(
  rounds: number,
  seed: number,
  onRound: (round: number) => void = () => undefined,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-kill-'))
  const file = join(folder, 'store.db')
  const random = seededRandom(seed)
  let ledger = new Ledger([], FIRST_REVISION)
  let acknowledged = 0
  try {
    for (let round = 0; round < rounds; round++) {
      const moment = {
        isAtStart: random.next() < START_SHARE,
        delayMs: randomInt(random, 60),
      }
      ledger.read(await killedWriter(folder, file, `${seed}.${round}`, moment))
      acknowledged += ledger.acknowledged()
      await using store = await openSqliteStore({ file })
      await ledger.check(store)
      ledger = new Ledger((await store.list('')).entries, await store.revision())
      onRound(round)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  return acknowledged
}

interface Moment {
  readonly isAtStart: boolean
  readonly delayMs: number
}

/** Runs a writer, kills it some time after its start or its first acknowledgement, and returns its report. */
async function killedWriter(
  folder: string,
  file: string,
  seed: string,
  { isAtStart, delayMs }: Moment,
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
    if (!isAtStart) await acknowledgement(writer.stdout, () => report)
    await delay(isAtStart ? delayMs * START_FACTOR : delayMs)
    writer.kill('SIGKILL')
    await ended
  } finally {
    writer.kill('SIGKILL')
    await exited
  }
  return report
}

async function acknowledgement(output: Readable, report: () => string): Promise<void> {
  for await (const _ of on(output, 'data')) if (report().includes('acknowledged')) return
}
