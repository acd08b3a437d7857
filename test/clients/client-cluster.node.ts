import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { startControlPlane } from '../../src/cluster/control-plane.node.ts'
import { bundledTool } from '../../src/cmd/kubectl.node.ts'
import { MemoryStore } from '../../src/storage/memory/memory-store.ts'
import { run, type Result, type RunOptions } from '../e2e/programs.node.ts'

/** A cluster of simulated nodes with a port of its own, and the clients that users have. */
export interface ClientCluster extends AsyncDisposable {
  /** Such as https://127.0.0.1:40123. */
  readonly server: string
  /** The admin's kubeconfig. */
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
  const kubeconfig = join(directory, 'kubeconfig')
  const { server } = stack.use(
    await startControlPlane({
      store: stack.use(new MemoryStore({ clock: systemClock })),
      pkiDirectory: join(directory, 'pki'),
      kubeconfig,
      host: '127.0.0.1',
      port: 0,
      serviceRange: '10.96.0.0/16',
      clusterCIDR: '10.244.0.0/16',
      node: 'simulated',
      nodes,
      logger: silentLogger,
      onStep: () => undefined,
    }),
  )
  const [program] = await Promise.all(
    (['kubectl', 'helm'] as const).map(async (name) => {
      const path = await bundledTool(name)
      await symlink(path, join(directory, name))
      return path
    }),
  )
  const env = {
    PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: directory, // Where kubectl keeps what it found out about the server.
    KUBECONFIG: kubeconfig,
  }
  const start = (command: readonly string[], options: RunOptions = {}): Promise<Result> =>
    run(command, { ...options, env: { ...env, ...options.env } })
  const owned = stack.move()
  return {
    server,
    kubeconfig,
    directory,
    kubectl: (args, options) => start([program!, ...args], options),
    shell: (line, options) => start(['/bin/sh', '-c', line], options),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
