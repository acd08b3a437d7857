import type { Pod } from '../../api/core/v1/pod.ts'
import type { FailedProbe } from '../pod-workers/plan-types.ts'
import type { RuntimeContainer, RuntimePod } from '../runtime/runtime-pod.ts'

/** The probes of one Pod. Disposing it stops them all. */
export interface PodProbes extends Disposable {
  /** Begins and ends probing as containers come and go. */
  sync(pod: Pod, runtime: RuntimePod, podIPs: readonly string[]): void
  /** The Pod is being stopped: only readiness is still of interest. */
  stopRestarting(): void
  failed(run: RuntimeContainer): FailedProbe | undefined
  isReady(run: RuntimeContainer): boolean
  /** Whether the startup probe has succeeded, where there is one. */
  isStarted(run: RuntimeContainer): boolean
}
