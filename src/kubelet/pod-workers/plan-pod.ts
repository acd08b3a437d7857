import { containerShouldRestart } from '../../api/core/v1/pod-restart.ts'
import type { Container } from '../../api/core/v1/container.ts'
import { isRunning, newestRun } from '../runtime/runtime-pod.ts'
import { planInitContainers } from './plan-init-containers.ts'
import { planDeadline, planTermination } from './plan-termination.ts'
import { draft, type PlanDraft } from './plan-draft.ts'
import { planPodResize, planRunning } from './plan-running.ts'
import { specOf } from './spec-of.ts'
import { podPhase } from './pod-phase.ts'
import type { PodPlan, PodView } from './plan-types.ts'

/**
 * Decides what to do next for a Pod: what to end, what to make and when to look again. The decision is a function of
 * what is seen, so whoever acts upon it may fail or be replaced at any point, and asks again.
 */
export function planPod(view: PodView): PodPlan {
  const { pod, removed, runtime } = view
  const deadline = planDeadline(view)
  const failure = view.refused ?? deadline.failure
  if (removed || pod.metadata.deletionTimestamp !== undefined || failure)
    return planTermination(view, failure)
  const phase = podPhase(pod, runtime)
  if (phase === 'Succeeded' || phase === 'Failed') return planTermination(view)

  const plan = draft(view)
  plan.wakeAt(deadline.atMs)
  const sandbox = runtime.sandboxes[0]
  if (needsSandbox(view)) planSandbox(view, plan)
  else {
    for (const other of runtime.sandboxes.slice(1))
      if (other.ready) plan.stopSandboxes.push(other.id)
    planPodResize(view, plan)
    planContainers(view, plan, sandbox!.id)
  }
  return plan.result()
}

function needsSandbox({ pod, runtime }: PodView): boolean {
  const sandbox = runtime.sandboxes[0]
  if (!sandbox?.ready) return true
  const hostNetwork = pod.spec.hostNetwork ?? false
  return sandbox.hostNetwork !== hostNetwork || (!hostNetwork && sandbox.ips.length === 0)
}

/** What is left of a sandbox before goes first: its containers, then the sandbox, then there is a new one. */
function planSandbox(view: PodView, plan: PlanDraft): void {
  const { pod, runtime, starting } = view
  const running = runtime.containers.filter(isRunning)
  for (const run of running)
    plan.kill(run, { message: `Stopping container ${run.name}`, container: specOf(pod, run.name) })
  if (running.length > 0 || starting) return
  const ready = runtime.sandboxes.filter((each) => each.ready)
  plan.stopSandboxes.push(...ready.map(({ id }) => id))
  if (ready.length > 0 || !isWorthASandbox(view)) return
  const attempt = Math.max(-1, ...runtime.sandboxes.map((each) => each.attempt)) + 1
  if (plan.mayTry('')) plan.createSandbox = { attempt }
}

function isWorthASandbox({ pod, runtime }: PodView): boolean {
  const { spec } = pod
  if (runtime.containers.length === 0) return true
  return [...spec.containers, ...(spec.initContainers ?? [])].some((container) => {
    const run = newestRun(runtime, container.name)
    return !run || containerShouldRestart(container, spec, run.exitCode)
  })
}

function planContainers(view: PodView, plan: PlanDraft, sandboxId: string): void {
  const { pod, runtime } = view
  for (const container of pod.spec.ephemeralContainers ?? [])
    if (!newestRun(runtime, container.name) && plan.mayTry(container.name))
      plan.start.push({ container, kind: 'ephemeral' })
  if (!planInitContainers(view, plan, sandboxId)) return
  for (const container of pod.spec.containers) planContainer(view, plan, container)
}

function planContainer(view: PodView, plan: PlanDraft, container: Container): void {
  const { pod, runtime } = view
  const run = newestRun(runtime, container.name)
  if (!run || run.state === 'created')
    plan.startSoon({ container, kind: 'regular', ...(run && { previous: run }) })
  else if (isRunning(run)) planRunning(view, plan, container, run)
  else if (containerShouldRestart(container, pod.spec, run.exitCode))
    plan.startAgain({ container, kind: 'regular', previous: run })
}
