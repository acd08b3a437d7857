import { isPodTerminal, withCondition } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { timestamp } from '../../base/clock.ts'
import type { Pass } from '../../controller-runtime/index.ts'

export interface Disruption {
  readonly reason: string
  readonly message: string
  /** Nobody will ever tell how the Pod ended, so it has failed. */
  readonly fail?: boolean
}

/** Tells in a Pod's status why it is about to be deleted (KEP-3329). */
export async function markDisrupted(
  { client, clock }: Pick<Pass, 'client' | 'clock'>,
  pod: Pod,
  { reason, message, fail = false }: Disruption,
): Promise<void> {
  if (isPodTerminal(pod)) return
  const { metadata, status } = pod
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason,
    message,
    lastTransitionTime: timestamp(clock),
  }
  const isTold = withCondition(status.conditions, condition) === status.conditions
  if (isTold && !fail) return
  // A patch, since the node writes the status too.
  const patch = {
    metadata: { uid: metadata.uid },
    status: { ...(fail && { phase: 'Failed' }), conditions: [condition] },
  }
  try {
    await client.patch(Pod, metadata, 'strategic', patch, { subresource: 'status' })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
