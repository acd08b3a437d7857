import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isRunning } from '../runtime/runtime-pod.ts'
import { draft, podGraceSeconds } from './plan-draft.ts'
import { specOf } from './spec-of.ts'
import type { PodFailure, PodPlan, PodView, Waiting } from './plan-types.ts'

/**
 * Stops a Pod for good: its regular containers, then its sidecars, those that started last first (KEP-753), then its
 * sandboxes. When all of that is done, the plan says `finish`.
 */
export function planTermination(view: PodView, failure?: PodFailure): PodPlan {
  const { pod, runtime, starting } = view
  const plan = draft(view)
  plan.terminating = true
  plan.failure = failure
  const running = runtime.containers.filter(isRunning)
  for (const run of running) {
    plan.kill(run, {
      message: `Stopping container ${run.name}`,
      container: specOf(pod, run.name),
      after: endBefore(pod, run.name),
      ...(failure?.graceSeconds !== undefined && {
        graceSeconds: Math.min(failure.graceSeconds, podGraceSeconds(pod)),
      }),
    })
  }
  if (running.length > 0 || starting) return plan.result()
  const ready = runtime.sandboxes.filter((each) => each.ready)
  plan.stopSandboxes.push(...ready.map(({ id }) => id))
  plan.finish = ready.length === 0
  return plan.result()
}

/** What is to end before a container: for a sidecar all regular containers, and the sidecars after it. */
function endBefore({ spec }: Pod, name: string): readonly string[] {
  const init = spec.initContainers ?? []
  const index = init.findIndex((each) => each.name === name)
  if (index < 0 || !isSidecar(init[index]!)) return []
  const later = init.slice(index + 1).filter(isSidecar)
  return [...spec.containers, ...later].map((each) => each.name)
}

/** Whether the Pod has run for longer than it may, or when that will be. */
export function planDeadline({ pod, nowMs }: PodView): {
  readonly failure?: Waiting
  readonly atMs?: number
} {
  const { activeDeadlineSeconds } = pod.spec
  const { startTime, phase } = pod.status
  if (activeDeadlineSeconds === undefined || startTime === undefined) return {}
  if (phase === 'Succeeded' || phase === 'Failed') return {}
  const atMs = Date.parse(startTime) + activeDeadlineSeconds * 1000
  if (nowMs < atMs) return { atMs }
  const message = 'Pod was active on the node longer than the specified deadline'
  return { failure: { reason: 'DeadlineExceeded', message } }
}
