import { getHeapStatistics } from 'node:v8'
import { systemClock } from '../base/clock.node.ts'
import type { PkiFiles } from '../pki/pki-files.ts'
import { giveMemoryBack, type Heap } from './give-back.ts'
import type { CertificatesMessage, ProgressMessage, StartMessage } from './messages.ts'
import { UserError } from './user-error.ts'

/** Tells the supervisor something. Says it on standard error where nobody supervises, or no longer. */
export function tell(message: ProgressMessage): void {
  const say = (): void => void process.stderr.write(`${JSON.stringify(message)}\n`)
  if (process.connected) process.send?.(message, undefined, {}, (error) => error && say())
  else say()
}

/** Times the steps of a start and tells each to the supervisor. */
export function stepReporter(): (name: string) => void {
  let last = 0 // The monotonic clock begins with the process.
  return (name) => {
    const now = systemClock.monotonic()
    tell({ type: 'step', name, ms: Math.round(now - last), atMs: Math.round(now) })
    last = now
  }
}

/** What runs in a process of the cluster. */
export interface Child extends AsyncDisposable {
  setCertificates(files: PkiFiles): void | Promise<void>
}

/**
 * Runs one process of the cluster: waits for the start message, starts, and stops on SIGTERM or when the supervisor is
 * gone, so that nothing is left behind when that one is killed.
 */
export async function runChild(start: (message: StartMessage) => Promise<Child>): Promise<void> {
  const stop = stopRequested()
  const message = await new Promise<StartMessage>((resolve) =>
    process.once('message', (m) => resolve(m as StartMessage)),
  )
  const started = Promise.withResolvers<Child>()
  // What is renewed while it starts may have been read already.
  process.on('message', (m: CertificatesMessage) => {
    void started.promise.then((child) => takeCertificates(child, m))
  })
  try {
    await using running = await start(message)
    started.resolve(running)
    using _later = giveMemoryBack(systemClock, HEAP)
    await stop
  } catch (error) {
    tell({ type: 'failed', sentence: sentenceOf(error) })
    process.exitCode = 1
  }
  if (process.connected) process.disconnect?.()
  // What a library keeps open must not keep a stopped process alive.
  process.exit()
}

const HEAP: Heap = {
  usedBytes: () => getHeapStatistics().used_heap_size,
  // The supervisor starts its processes with `--expose-gc`.
  collect: () => globalThis.gc?.({ type: 'major', flavor: 'last-resort' }),
}

async function takeCertificates(running: Child, { files }: CertificatesMessage): Promise<void> {
  try {
    await running.setCertificates(new Map(files))
  } catch (error) {
    process.stderr.write(`Cannot use renewed certificates: ${String(error)}\n`)
  }
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('disconnect', resolve)
    process.on('SIGINT', () => undefined) // Ctrl-C reaches the whole group; the supervisor decides.
  })
}

/** What a user is told; what only helps to find a bug goes to the log. */
function sentenceOf(error: unknown): string {
  if (error instanceof UserError) return error.message
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  const message = error instanceof Error ? error.message : String(error)
  return message.startsWith('Cannot ') ? message : `Cannot start: ${message}`
}
