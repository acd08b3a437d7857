import type { NodeStatus } from '../../api/core/v1/node.ts'
import type { Clock } from '../../base/clock.ts'
import type { RuntimeService } from '../cri/types.ts'

// Upstream's: a runtime that starts again within this time is not down.
const DOWN_MS = 30_000

// https://kubernetes.io/docs/concepts/storage/volumes/#image
const IMAGE_SUB_PATHS: Readonly<Record<string, readonly [number, number]>> = {
  containerd: [2, 2],
  'cri-o': [1, 33],
}

/** The container runtime as the Node's status shows it. */
export interface RuntimeState {
  /** Such as `containerd://2.1.9`. */
  readonly version: string
  readonly handlers: NonNullable<NodeStatus['runtimeHandlers']>
  /** Whether image volumes can be mounted in part; other runtimes than those known to lack it can. */
  readonly imageSubPaths: boolean
  /** Asks the runtime how it is. Never rejects. */
  look(): Promise<RuntimeLook>
}

interface RuntimeLook {
  readonly answers: boolean
  /** Why it cannot run containers; empty where it can. */
  readonly problems: readonly string[]
}

export async function runtimeState(
  runtime: Pick<RuntimeService, 'version' | 'status'>,
  clock: Clock,
): Promise<RuntimeState> {
  const [{ runtimeName, runtimeVersion }, { runtimeHandlers }] = await Promise.all([
    runtime.version(),
    runtime.status(),
  ])
  let readyMs = clock.monotonic()
  let problem: string | undefined

  const ask = async (): Promise<void> => {
    const { status } = await runtime.status()
    const ready = status?.conditions.find(({ type }) => type === 'RuntimeReady')
    const { reason = '', message = '' } = ready ?? {}
    problem = ready?.status
      ? undefined
      : `container runtime not ready: RuntimeReady=false reason:${reason} message:${message}`
    if (!problem) readyMs = clock.monotonic()
  }
  return {
    version: `${runtimeName}://${runtimeVersion.replace(/^v/, '')}`,
    handlers: runtimeHandlers.map(({ name, features }) => ({
      name,
      ...(features && { features }),
    })),
    imageSubPaths: !isOlder(runtimeVersion, IMAGE_SUB_PATHS[runtimeName]),
    async look() {
      const answers = await ask().then(
        () => true,
        () => false,
      )
      const isDown = clock.monotonic() - readyMs >= DOWN_MS
      const down = isDown ? ['container runtime is down'] : []
      return { answers, problems: problem === undefined ? down : [...down, problem] }
    },
  }
}

function isOlder(version: string, [major, minor]: readonly [number, number] = [0, 0]): boolean {
  const [ofMajor = 0, ofMinor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return ofMajor < major || (ofMajor === major && ofMinor < minor)
}
