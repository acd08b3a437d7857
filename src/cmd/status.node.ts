import { dataDirectory } from './data-directory.node.ts'
import { fetchFromCluster } from './cluster-access.node.ts'
import { isRunning, readRunState } from './run-state.node.ts'

/** What `trierarch status -o json` prints. */
interface ClusterStatus {
  readonly running: boolean
  readonly dataDir: string
  /** The process that serves the API. */
  readonly pid?: number
  readonly nodeAgentPid?: number
  readonly supervisorPid?: number
  readonly server?: string
  /** The Kubernetes version that the API server tells, such as v1.36.0. */
  readonly version?: string
  readonly node?: string
  /** `ok`, or the checks of /readyz that fail. */
  readonly health?: string
}

/** `trierarch status`: exit code 0 where the cluster runs and is healthy, else 1. */
export async function status({
  dataDir,
  output,
}: {
  readonly dataDir: string
  readonly output?: string
}): Promise<void> {
  const found = await clusterStatus(dataDir)
  process.stdout.write(
    output === 'json' ? `${JSON.stringify(found, undefined, 2)}\n` : asText(found),
  )
  if (!found.running || found.health !== 'ok') process.exitCode = 1
}

async function clusterStatus(dataDir: string): Promise<ClusterStatus> {
  const directory = dataDirectory(dataDir)
  const state = readRunState(directory)
  if (!state || !isRunning(state.supervisor)) return { running: false, dataDir: directory.path }
  const base = {
    running: true,
    dataDir: directory.path,
    supervisorPid: state.supervisor.pid,
    node: state.node,
    ...(isRunning(state.controlPlane) && { pid: state.controlPlane!.pid }),
    ...(isRunning(state.nodeAgent) && { nodeAgentPid: state.nodeAgent!.pid }),
    ...(state.server !== undefined && { server: state.server }),
  }
  try {
    const ready = await fetchFromCluster(directory, '/readyz?verbose')
    const version = await fetchFromCluster(directory, '/version')
    const { gitVersion } = JSON.parse(version.body) as { gitVersion: string }
    const failing = ready.body.split('\n').filter((line) => line.startsWith('[-]'))
    return {
      ...base,
      version: gitVersion,
      health: ready.status === 200 ? 'ok' : failing.join('; '),
    }
  } catch (error) {
    return { ...base, health: error instanceof Error ? error.message : String(error) }
  }
}

function asText(found: ClusterStatus): string {
  if (!found.running) return `The cluster in ${found.dataDir} does not run.\n`
  const rows = Object.entries(found).filter(([key]) => key !== 'running')
  return rows.map(([key, value]) => `${`${key}:`.padEnd(16)}${String(value)}\n`).join('')
}
