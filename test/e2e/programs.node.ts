import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

const TIMEOUT_MS = 300_000
const LONG_TIMEOUT_MS = 1_800_000 // Of what runs beside a test, and is stopped by it.

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What the program reads; its standard input ends after that. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

export type Program = ChildProcessByStdio<Writable, Readable, Readable>

/** Runs a program to its end, which it may reach with any exit code. Killed when it takes too long. */
export async function run(
  [file, ...args]: readonly string[],
  { input = '', env = {}, timeoutMs = TIMEOUT_MS }: RunOptions = {},
): Promise<Result> {
  const child = spawn(file!, args, {
    env: { ...process.env, ...env },
    stdio: 'pipe',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdin.on('error', () => undefined).end(input) // A program may end without reading.
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** Runs a program that must succeed; gives what it printed, without the space around it. */
export async function output(command: readonly string[], options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await run(command, options)
  if (code !== 0) {
    const how = code === null ? 'was killed' : `exit code ${code}`
    throw new Error(`${command.join(' ')}: ${how}\n${stderr}${stdout}`)
  }
  return stdout.trim()
}

/** A program that goes on running until it is disposed, with all that it has started, or killed for taking too long. */
export interface Running extends AsyncDisposable {
  readonly program: Program
  /** What it has printed so far, on both streams. */
  readonly printed: () => string
  /** Resolves with its exit code once it has ended by itself. */
  readonly ended: Promise<number | null>
}

export function start(
  [file, ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const program = spawn(file!, args, {
    env: { ...process.env, ...env },
    stdio: 'pipe',
    detached: true, // A group of its own, which is killed as a whole: a child that lives on would hold the streams open.
    timeout: LONG_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  let printed = ''
  for (const stream of [program.stdout, program.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk))
  program.stdin.on('error', () => undefined)
  const ended = once(program, 'close').then(([code]) => code as number | null)
  return {
    program,
    printed: () => printed,
    ended,
    async [Symbol.asyncDispose]() {
      killGroup(program.pid)
      await ended
    },
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // All of them have ended.
  }
}
