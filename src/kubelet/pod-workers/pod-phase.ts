import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { containerShouldRestart } from '../../api/core/v1/pod-restart.ts'
import type { Container } from '../../api/core/v1/container.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import {
  isRunning,
  newestRun,
  type RuntimeContainer,
  type RuntimePod,
} from '../runtime/runtime-pod.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** Whether the regular containers' turn has come: one of them was made in the Pod's newest sandbox. */
export function isInitialized({ spec }: Pick<Pod, 'spec'>, runtime: RuntimePod): boolean {
  const sandbox = runtime.sandboxes[0]
  const names = new Set(spec.containers.map(({ name }) => name))
  return runtime.containers.some(
    (each) => names.has(each.name) && (!sandbox || each.sandboxId === sandbox.id),
  )
}

/** Whether an init container that ended is run again: it must succeed, unless the Pod is to run once only. */
export function initShouldRestart(
  container: Container,
  spec: Pod['spec'],
  exitCode: number,
): boolean {
  if (isSidecar(container)) return true
  return exitCode !== 0 && containerShouldRestart(container, spec, exitCode)
}

/**
 * Where a Pod is in its life, from what its containers do. `ended`: it is stopped for good, so nothing runs again.
 * See https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
 */
export function podPhase(pod: Pod, runtime: RuntimePod, ended = false): Phase {
  if (isPodTerminal(pod)) return pod.status.phase as Phase
  const init = isInitialized(pod, runtime) ? 'done' : initProgress(pod, runtime, ended)
  if (init === 'failed') return 'Failed'
  if (init === 'pending') return 'Pending'
  const runs = pod.spec.containers.map(({ name }) => newestRun(runtime, name))
  if (runs.some((run) => !run || run.state === 'created'))
    return ended ? endedEarly(runs) : 'Pending'
  if (runs.some((run) => isRunning(run!))) return 'Running'
  return stoppedPhase(pod, runs as RuntimeContainer[], ended)
}

function stoppedPhase({ spec }: Pod, runs: readonly RuntimeContainer[], ended: boolean): Phase {
  const again = runs.some(({ exitCode }, i) =>
    containerShouldRestart(spec.containers[i]!, spec, exitCode),
  )
  if (again && !ended) return 'Running'
  return runs.every(({ exitCode }) => exitCode === 0) ? 'Succeeded' : 'Failed'
}

// Stopped before all of its containers ran: a Pod that did nothing has not failed.
function endedEarly(runs: readonly (RuntimeContainer | undefined)[]): Phase {
  return runs.some((run) => run?.state === 'exited') ? 'Failed' : 'Pending'
}

function initProgress(
  { spec }: Pod,
  runtime: RuntimePod,
  ended: boolean,
): 'done' | 'pending' | 'failed' {
  for (const container of spec.initContainers ?? []) {
    const run = newestRun(runtime, container.name)
    if (isSidecar(container)) {
      if (!run) return 'pending'
    } else if (run?.state !== 'exited') return 'pending'
    else if (run.exitCode !== 0)
      return !ended && initShouldRestart(container, spec, run.exitCode) ? 'pending' : 'failed'
  }
  return 'done'
}
