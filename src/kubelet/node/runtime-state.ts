import type { NodeStatus } from '../../api/core/v1/node.ts'
import type { RuntimeService } from '../cri/types.ts'

/** The container runtime as the Node's status shows it. */
export interface RuntimeState {
  /** Such as `containerd://2.1.9`. */
  readonly version: string
  readonly handlers: NonNullable<NodeStatus['runtimeHandlers']>
  /** Why it cannot run containers; empty where it can. */
  problems(): Promise<readonly string[]>
}

export async function runtimeState(runtime: RuntimeService): Promise<RuntimeState> {
  const [{ runtimeName, runtimeVersion }, { runtimeHandlers }] = await Promise.all([
    runtime.version(),
    runtime.status(),
  ])
  return {
    version: `${runtimeName}://${runtimeVersion.replace(/^v/, '')}`,
    handlers: runtimeHandlers.map(({ name, features }) => ({
      name,
      ...(features && { features }),
    })),
    async problems() {
      try {
        const { status } = await runtime.status()
        const ready = status?.conditions.find(({ type }) => type === 'RuntimeReady')
        if (ready?.status) return []
        const { reason = '', message = '' } = ready ?? {}
        return [
          `container runtime not ready: RuntimeReady=false reason:${reason} message:${message}`,
        ]
      } catch {
        return ['container runtime is down']
      }
    },
  }
}
