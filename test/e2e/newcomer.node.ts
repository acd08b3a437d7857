import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testMachine, type Machine, type MachineOptions } from './machine.node.ts'
import { run, start, type Result, type Running } from './programs.node.ts'
import { TRIERARCH, type ProgramOptions } from './test-cluster.node.ts'

/** A machine that may join, and what it keeps. */
export interface Newcomer {
  readonly machine: Machine
  readonly dataDir: string
  readonly trierarch: (...args: readonly string[]) => Promise<Result>
  /** `trierarch join ARGS`, which goes on. */
  readonly join: (...args: readonly string[]) => Running
}

/** A machine of its own that is in no cluster yet. It is stopped, and all that it keeps goes, with the stack. */
export async function newcomer(
  stack: AsyncDisposableStack,
  { trierarch = TRIERARCH, ...options }: MachineOptions & ProgramOptions = {},
): Promise<Newcomer> {
  const machine = stack.use(await testMachine(options))
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), 'trierarch-join-')))
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const command = (args: readonly string[]): readonly string[] =>
    machine.inside([trierarch, ...args, '--data-dir', dataDir])
  stack.defer(async () => {
    await run(command(['down']))
  })
  return {
    machine,
    dataDir,
    trierarch: (...args) => run(command(args)),
    join: (...args) => start(command(['join', ...args])),
  }
}

/** Waits until a program has printed something; throws what it printed where it ends before. */
export async function untilPrinted(
  { program, printed, ended }: Running,
  text: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = (): void => {
    if (printed().includes(text)) resolve()
  }
  program.stdout.on('data', look)
  void ended.then(() => reject(new Error(printed())))
  look()
  await promise
}
