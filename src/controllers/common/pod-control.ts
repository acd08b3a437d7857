import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { hasCause, isNotFound } from '../../apimachinery/status-predicates.ts'
import { firstFailure, slowStart, type Pass } from '../../controller-runtime/index.ts'
import type { Input } from '../../schema/message.ts'
import type { Owner } from './claim.ts'
import { podFrom } from './pod-from-template.ts'

/** Creates Pods of a template, ever more at a time, and tells of each in an event. Throws the first failure. */
export async function createPods(
  pass: Pass,
  owner: Owner,
  count: number,
  template: PodTemplateSpec,
): Promise<void> {
  await slowStart(count, () => createPod(pass, owner, podFrom(owner, template)))
}

/** Creates a Pod and tells of it in an event. In a namespace that goes away, nothing is created and nothing fails. */
export async function createPod(pass: Pass, owner: Owner, pod: Input<Pod>): Promise<void> {
  try {
    const created = await pass.client.create(Pod, pod)
    pass.events.normal(owner, 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
  } catch (error) {
    if (isNamespaceTerminating(error)) return
    pass.events.warning(owner, 'FailedCreate', `Error creating: ${(error as Error).message}`)
    throw error
  }
}

/** Deletes Pods, and tells of each in an event. Gives the first failure. */
export function deletePods(
  pass: Pass,
  owner: Owner,
  pods: readonly Pod[],
): Promise<Error | undefined> {
  return firstFailure(...pods.map((pod) => deletePod(pass, owner, pod)))
}

async function deletePod(pass: Pass, owner: Owner, { metadata }: Pod): Promise<void> {
  try {
    await pass.client.delete(Pod, metadata, { preconditions: { uid: metadata.uid } })
  } catch (error) {
    if (isNotFound(error)) return
    pass.events.warning(owner, 'FailedDelete', `Error deleting: ${(error as Error).message}`)
    throw error
  }
  pass.events.normal(owner, 'SuccessfulDelete', `Deleted pod: ${metadata.name}`)
}

/** Whether something was refused because its namespace goes away. */
export function isNamespaceTerminating(error: unknown): boolean {
  return hasCause(error, 'NamespaceTerminating')
}
