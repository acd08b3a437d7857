import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Cluster } from '../../src/cluster/cluster.node.ts'
import { bundledTool } from '../../src/cmd/kubectl.node.ts'
import { run, type Result, type RunOptions } from '../e2e/programs.node.ts'

/** A cluster of simulated nodes and the clients that users have. */
export interface ClientCluster extends AsyncDisposable {
  readonly cluster: Cluster
  /** The admin's kubeconfig: a file. */
  readonly kubeconfig: string
  /** A directory for what a test writes; it goes with the cluster. */
  readonly directory: string
  /** Runs `kubectl ARGS`, which may fail. */
  kubectl(args: readonly string[], options?: RunOptions): Promise<Result>
  /** Runs a line of shell in which `kubectl` and `helm` are this cluster's. */
  shell(line: string, options?: RunOptions): Promise<Result>
}

/** Starts a cluster for the tests of one file. */
export async function startClientCluster({ nodes = 3 } = {}): Promise<ClientCluster> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-clients-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const cluster = stack.use(await Cluster.start({ nodes }))
  const kubeconfig = join(directory, 'kubeconfig')
  await writeFile(kubeconfig, await cluster.kubeconfig(), { mode: 0o600 })
  for (const name of ['kubectl', 'helm'] as const)
    await symlink(await bundledTool(name), join(directory, name))
  const env = {
    PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: directory, // Where kubectl keeps what it found out about the server.
    TMPDIR: directory, // Where it leaves what an editor has not got right.
    KUBECONFIG: kubeconfig,
  }
  const start = (command: readonly string[], options: RunOptions = {}): Promise<Result> =>
    run(command, { ...options, env: { ...env, ...options.env } })
  const owned = stack.move()
  return {
    cluster,
    kubeconfig,
    directory,
    kubectl: (args, options) => start([join(directory, 'kubectl'), ...args], options),
    shell: (line, options) => start(['/bin/sh', '-c', line], options),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
