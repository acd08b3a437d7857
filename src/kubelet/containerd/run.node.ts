import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { onAbort } from '../../base/async.ts'
import { searchPath } from './binaries.node.ts'

export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end. Rejects when it cannot be started, when its input cannot be read, or with the signal's
 * reason; it does not run any more then either.
 */
export async function run(
  file: string,
  args: readonly string[],
  {
    input = Readable.from([]),
    signal,
  }: { readonly input?: Readable; readonly signal?: AbortSignal } = {},
): Promise<RunResult> {
  signal?.throwIfAborted()
  const env = { ...process.env, PATH: searchPath() }
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  using _killing = onAbort(signal, () => child.kill('SIGKILL'))
  const [code, stdout, stderr, fed] = await Promise.all([
    exitCode(child),
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    feed(input, child.stdin).catch((error: Error) => {
      child.kill('SIGKILL') // What it got so far is not what it was to get.
      return error
    }),
  ])
  signal?.throwIfAborted()
  if (fed) throw fed
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}

async function exitCode(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? -1
}

async function feed(input: Readable, stdin: Writable): Promise<undefined> {
  try {
    await pipeline(input, stdin)
  } catch (error) {
    // A program that has seen enough closes its input; its exit code says whether that was well.
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code)) throw error
  }
}
