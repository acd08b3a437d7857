import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { searchPath } from './binaries.node.ts'

export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. Rejects when it cannot be started, or with the signal's reason. */
export async function run(
  file: string,
  args: readonly string[],
  { input, signal }: { readonly input?: Readable; readonly signal?: AbortSignal } = {},
): Promise<RunResult> {
  signal?.throwIfAborted()
  const env = { ...process.env, PATH: searchPath() }
  const child = spawn(file, args, {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal && { signal }),
  })
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(signal?.aborted ? (signal.reason as Error) : error))
    child.once('close', (code) => resolve(code ?? -1))
  })
  const [code, stdout, stderr] = await Promise.all([
    exited,
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    input ? feed(input, child.stdin) : child.stdin.end(),
  ])
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}

async function feed(input: Readable, stdin: NodeJS.WritableStream): Promise<void> {
  try {
    await pipeline(input, stdin)
  } catch (error) {
    // A program that has seen enough closes its input; its exit code says whether that was well.
    if (
      !['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? '')
    )
      throw error
  }
}
