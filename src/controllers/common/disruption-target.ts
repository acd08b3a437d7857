import { isPodTerminal, withCondition } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
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
  const { status } = pod
  const conditions = withCondition(status.conditions, {
    type: 'DisruptionTarget',
    status: 'True',
    reason,
    message,
    lastTransitionTime: timestamp(clock),
  })
  const phase = fail ? 'Failed' : status.phase
  if (conditions === status.conditions && phase === status.phase) return
  try {
    await client.updateStatus(Pod, { ...pod, status: { ...status, phase, conditions } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
