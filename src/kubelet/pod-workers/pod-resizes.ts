import type { ResourceRequirements } from '../../api/core/v1/resources.ts'
import { linuxResources } from '../containers/resources.ts'
import { ANNOTATIONS } from '../runtime/labels.ts'
import type { RuntimeContainer } from '../runtime/runtime-pod.ts'
import type { ResizeStep } from './plan-types.ts'
import type { PodState } from './pod-state.ts'

/** What the containers of a Pod may use, and how that changes while they run (KEP-1287). */
export interface PodResizes {
  /** What a run may use now; undefined where that is not known. */
  inEffect(run: RuntimeContainer): ResourceRequirements | undefined
  /** What the Pod as a whole may use now; undefined where it says nothing of that. */
  podInEffect(): ResourceRequirements | undefined
  resize(step: ResizeStep): void
  resizePod(): void
}

export function podResizes(state: PodState): PodResizes {
  const { context, ops, retries, signal } = state
  const resized = new Map<string, ResourceRequirements>() // By runtime id.
  // What was reported is what another agent has set.
  const { spec, status } = state.pod()
  let ofPod = status.resources ?? spec.resources

  const applyToPod = async (): Promise<void> => {
    const pod = state.pod()
    await context.cgroups.apply(pod)
    ofPod = pod.spec.resources
  }
  const apply = async ({ container, run }: ResizeStep): Promise<void> => {
    const pod = state.pod()
    await applyToPod()
    const { oomScoreAdj: _, ...values } = linuxResources(pod, container, context.memoryCapacity)
    await context.runtime.updateContainerResources(run.id, values, { signal })
    resized.set(run.id, container.resources)
  }
  return {
    inEffect: (run) => resized.get(run.id) ?? declared(run),
    podInEffect: () => (state.pod().spec.resources ? ofPod : undefined),
    resizePod() {
      ops.begin('resize', async () => {
        await retries.attempt('resize', applyToPod)
      })
    },
    resize(step) {
      ops.begin(`resize ${step.run.id}`, async () => {
        await retries.attempt('resize', () => apply(step))
      })
    },
  }
}

/** What the container was made with. */
function declared({ annotations }: RuntimeContainer): ResourceRequirements | undefined {
  const text = annotations[ANNOTATIONS.resources]
  return text === undefined ? undefined : (JSON.parse(text) as ResourceRequirements)
}
