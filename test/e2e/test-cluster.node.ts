import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundledTool } from '../../src/cmd/kubectl.node.ts'
import { testMachine, type Machine, type MachineOptions } from './machine.node.ts'
import { output, run, start, type Result, type Running, type RunOptions } from './programs.node.ts'

export const ROOT = join(import.meta.dirname, '..', '..')
export const TRIERARCH = join(ROOT, 'bin', 'trierarch')

export interface ProgramOptions {
  /** The program `trierarch`, where it is that of another release. */
  readonly trierarch?: string
}

/** A cluster as its users have it: a data directory, the command, kubectl and Helm. */
export interface TestCluster extends AsyncDisposable {
  readonly dataDir: string
  /** For files of the test. */
  readonly scratch: string
  readonly machine: Machine
  /** `trierarch ARGS --data-dir DIR`, which must succeed. */
  readonly trierarch: (...args: readonly string[]) => Promise<string>
  /** `kubectl LINE`, which must succeed; the line is split at spaces, an array is taken as it is. */
  readonly kubectl: (line: string | readonly string[], options?: RunOptions) => Promise<string>
  /** The same with any exit code. */
  readonly tryKubectl: (line: string | readonly string[], options?: RunOptions) => Promise<Result>
  readonly startKubectl: (line: string | readonly string[]) => Running
  readonly helm: (line: string) => Promise<string>
  /** Runs a shell script in a Pod. */
  readonly sh: (pod: string, script: string) => Promise<string>
  /** The command that runs kubectl, for other programs. */
  readonly kubectlCommand: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** `kubectl apply` of objects. */
  readonly apply: (...objects: readonly object[]) => Promise<string>
}

/** Prepares a machine and a data directory; nothing runs on it yet. Disposing stops and removes what does. */
export async function testCluster({
  trierarch = TRIERARCH,
  ...options
}: MachineOptions & ProgramOptions = {}): Promise<TestCluster> {
  await using leftovers = new AsyncDisposableStack()
  const machine = leftovers.use(await testMachine(options))
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'trierarch-e2e-')))
  leftovers.defer(() => rm(directory, { recursive: true, force: true }))
  const [dataDir, scratch] = [join(directory, 'data'), join(directory, 'scratch')]
  await mkdir(scratch)
  leftovers.defer(async () => {
    await run(machine.inside([trierarch, 'down', '--data-dir', dataDir]))
  })

  const env = { HOME: scratch, KUBECONFIG: join(dataDir, 'kubeconfig') }
  const kubectlCommand = machine.inside([await bundledTool('kubectl')])
  const helmCommand = machine.inside([await bundledTool('helm')])
  const withKubectl = (line: string | readonly string[]): readonly string[] => [
    ...kubectlCommand,
    ...(typeof line === 'string' ? line.split(' ') : line),
  ]
  const kubectl: TestCluster['kubectl'] = (line, options) =>
    output(withKubectl(line), { ...options, env })
  const owned = leftovers.move()
  return {
    dataDir,
    scratch,
    machine,
    env,
    kubectlCommand,
    trierarch: (...args) => output(machine.inside([trierarch, ...args, '--data-dir', dataDir])),
    kubectl,
    tryKubectl: (line, options) => run(withKubectl(line), { ...options, env }),
    startKubectl: (line) => start(withKubectl(line), env),
    helm: (line) => output([...helmCommand, ...line.split(' ')], { env }),
    sh: (pod, script) => kubectl(['exec', pod, '--', 'sh', '-c', script]),
    apply: (...objects) =>
      kubectl('apply -f -', { input: objects.map((each) => JSON.stringify(each)).join('\n---\n') }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Writes a file of the test; gives its path. */
export async function scratchFile(
  { scratch }: TestCluster,
  name: string,
  content: string | Uint8Array,
): Promise<string> {
  const path = join(scratch, name)
  await writeFile(path, content)
  return path
}
