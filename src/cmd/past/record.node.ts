import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { keepAlive, systemClock } from '../../base/clock.node.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import { transportAt } from '../../client/at.ts'
import { createClient } from '../../client/create-client.ts'
import { asAdmin } from '../cluster-access.node.ts'
import { dataDirectory, reason } from '../data-directory.node.ts'
import { discoverTypes } from './discover-types.node.ts'
import { milliseconds, valueOf, wrong } from '../flags/values.ts'
import { pointInTime } from './past.node.ts'
import { readActions } from './record/read-actions.ts'
import { record } from './record/record.ts'
import { replay } from './record/replay.ts'
import { UserError } from '../user-error.ts'

export interface RecordFlags {
  readonly dataDir: string
  /** How long; until Ctrl-C where absent. */
  readonly for?: string
  /** Where in the past to begin. */
  readonly from?: string
}

/** `trierarch record FILE`: writes down all objects and what becomes of them, as JSON lines. */
export async function recordTo(path: string, flags: RecordFlags): Promise<void> {
  const directory = dataDirectory(flags.dataDir)
  const at = flags.from === undefined ? undefined : pointInTime(flags.from)
  const lengthMs = valueOf(flags, 'for', milliseconds)
  const end = new AbortController()
  const stop = (): void => end.abort(new Error('the recording has ended'))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  using _ = lengthMs === undefined ? undefined : systemClock.after(lengthMs, stop)
  let count = 0
  await asAdmin(directory, async ({ client, transport }) => {
    const types = await discoverTypes(client, directory)
    const file = createWriteStream(resolve(path), { flags: 'wx', mode: 0o600 })
    await once(file, 'open').catch((cause: unknown) => {
      const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST'
      const why = exists ? 'it exists already' : reason(cause)
      throw new UserError(`Cannot write ${path}: ${why}.`, { cause })
    })
    await record({
      client: at ? createClient(transportAt(transport, at)) : client,
      clock: systemClock,
      types,
      signal: end.signal,
      write(action) {
        count += 1
        file.write(`${JSON.stringify(action)}\n`)
      },
    })
    file.end()
    await once(file, 'finish')
  })
  process.stdout.write(`Recorded ${count} actions in ${path}.\n`)
}

export interface ReplayFlags {
  readonly dataDir: string
  readonly speed: string
}

/** `trierarch replay FILE`: does again what was recorded, here or by kwok. */
export async function replayFrom(path: string, { dataDir, speed }: ReplayFlags): Promise<void> {
  const factor = Number(speed)
  if (!(factor > 0)) throw wrong(`--speed ${speed} is no number above 0.`)
  const directory = dataDirectory(dataDir)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError(`Cannot read ${path}: ${reason(cause)}.`, { cause })
  })
  await asAdmin(directory, async ({ client }) => {
    const types = await discoverTypes(client, directory)
    using _ = keepAlive() // Between two actions nothing else does.
    const actions = parsed(path, () => readActions(text, types, systemClock.now()))
    const done = await replay(actions, {
      client,
      clock: systemClock,
      types,
      speed: factor,
      refused: ({ method, resource, target }, error) =>
        void process.stderr.write(
          `${method} ${resource.resource}/${target.name}: ${error.message}\n`,
        ),
    })
    process.stdout.write(`Replayed ${done} of ${actions.length} actions.\n`)
  })
}

function parsed<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (cause instanceof ParseError)
      throw new UserError(`Cannot read ${path}: ${cause.message}.`, { cause })
    throw cause
  }
}
