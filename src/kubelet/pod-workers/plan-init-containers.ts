import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Container } from '../../api/core/v1/container.ts'
import { isRunning, type RuntimeContainer } from '../runtime/runtime-pod.ts'
import type { PlanDraft } from './plan-draft.ts'
import { planRunning } from './plan-running.ts'
import type { PodView } from './plan-types.ts'
import { initShouldRestart, isInitialized } from './pod-phase.ts'

/**
 * One init container after the other, each in the Pod's newest sandbox; a sidecar counts as through once it has
 * started, and is kept up from then on (KEP-753). True where the regular containers' turn has come.
 */
export function planInitContainers(view: PodView, plan: PlanDraft, sandboxId: string): boolean {
  const { pod, runtime } = view
  const initialized = isInitialized(pod, runtime)
  for (const container of pod.spec.initContainers ?? []) {
    const run = runtime.containers.find(
      (each) => each.name === container.name && each.sandboxId === sandboxId,
    )
    const through = isSidecar(container)
      ? planSidecar(view, plan, container, run)
      : initialized || planInit(view, plan, container, run)
    if (!through && !initialized) return false
  }
  return true
}

function planInit(
  { pod }: PodView,
  plan: PlanDraft,
  container: Container,
  run: RuntimeContainer | undefined,
): boolean {
  if (!run || run.state === 'created') {
    plan.startSoon({ container, kind: 'init', ...(run && { previous: run }) })
    return false
  }
  if (isRunning(run)) return false
  if (run.exitCode === 0) return true
  if (initShouldRestart(container, pod.spec, run.exitCode))
    plan.startAgain({ container, kind: 'init', previous: run })
  return false
}

function planSidecar(
  view: PodView,
  plan: PlanDraft,
  container: Container,
  run: RuntimeContainer | undefined,
): boolean {
  if (!run || run.state === 'created') {
    plan.startSoon({ container, kind: 'sidecar', ...(run && { previous: run }) })
    return false
  }
  if (isRunning(run)) {
    planRunning(view, plan, container, run)
    return view.isStarted(run)
  }
  plan.startAgain({ container, kind: 'sidecar', previous: run })
  return false
}
