import type { Container } from '../../api/core/v1/container.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import { containerHash } from '../runtime/labels.ts'
import type { RuntimeContainer } from '../runtime/runtime-pod.ts'
import type { PlanDraft } from './plan-draft.ts'
import type { PodView } from './plan-types.ts'

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
  }
}
