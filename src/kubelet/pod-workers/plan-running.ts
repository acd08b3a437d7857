import type { Container } from '../../api/core/v1/container.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { ResourceRequirements } from '../../api/core/v1/resources.ts'
import { containerHash } from '../runtime/labels.ts'
import type { RuntimeContainer } from '../runtime/runtime-pod.ts'
import type { PlanDraft } from './plan-draft.ts'
import type { PodView } from './plan-types.ts'

const RESIZE_RETRY_MS = 30_000 // Room may come from Pods that end.

/** Ends a container that runs but should not run so: its probes say so, or its declaration has changed. */
export function planRunning(
  view: PodView,
  plan: PlanDraft,
  container: Container,
  run: RuntimeContainer,
): void {
  const { pod } = view
  const failed = view.failedProbe(run)
  const policy = isSidecar(container)
    ? 'Always'
    : (container.restartPolicy ?? pod.spec.restartPolicy)
  const again = policy === 'Never' ? '' : ', will be restarted'
  if (run.hash !== '' && run.hash !== containerHash(container))
    plan.kill(run, { container, message: `Container ${container.name} definition changed${again}` })
  else if (failed) {
    const probe = failed === 'liveness' ? container.livenessProbe : container.startupProbe
    plan.kill(run, {
      container,
      message: `Container ${container.name} failed ${failed} probe${again}`,
      ...(probe?.terminationGracePeriodSeconds !== undefined && {
        graceSeconds: probe.terminationGracePeriodSeconds,
      }),
    })
  } else planResize(view, plan, container, run)
}

const RESIZABLE = ['cpu', 'memory'] as const

/** Gives a Pod as a whole what it now says (KEP-5419). */
export function planPodResize(view: PodView, plan: PlanDraft): void {
  const { pod, podResources } = view
  if (!podResources || changedResources(podResources, pod.spec.resources ?? {}).length === 0) return
  if (view.resizeRefusal()) plan.wakeAt(view.nowMs + RESIZE_RETRY_MS)
  else plan.resizePod = true
}

function changedResources(
  now: ResourceRequirements,
  wanted: ResourceRequirements,
): readonly (typeof RESIZABLE)[number][] {
  return RESIZABLE.filter(
    (name) =>
      now.limits?.[name] !== wanted.limits?.[name] ||
      now.requests?.[name] !== wanted.requests?.[name],
  )
}

/** Gives a container what its Pod now says, in place where its policy allows that (KEP-1287). */
function planResize(
  view: PodView,
  plan: PlanDraft,
  container: Container,
  run: RuntimeContainer,
): void {
  const now = view.resourcesOf(run)
  if (!now) return
  const changed = changedResources(now, container.resources)
  if (changed.length === 0) return
  if (view.resizeRefusal()) return plan.wakeAt(view.nowMs + RESIZE_RETRY_MS)
  const restarts = changed.some((name) =>
    container.resizePolicy?.some(
      (each) => each.resourceName === name && each.restartPolicy === 'RestartContainer',
    ),
  )
  if (restarts)
    plan.kill(run, { container, message: `Container ${container.name} resize requires restart` })
  else plan.resize.push({ container, run })
}
