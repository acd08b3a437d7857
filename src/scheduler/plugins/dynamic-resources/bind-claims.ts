import type { Pod } from '../../../api/core/v1/pod.ts'
import {
  CLAIM_FINALIZER,
  consumerReference,
  isReservedFor,
} from '../../../api/resource/pod-claims.ts'
import { ResourceClaim, type AllocationResult } from '../../../api/resource/v1/resource-claim.ts'
import { isConflict, isNotFound } from '../../../apimachinery/status-predicates.ts'
import { abortable } from '../../../base/async.ts'
import { timestamp, type Clock } from '../../../base/clock.ts'
import type { Client } from '../../../client/client.ts'
import type { ClaimTracker } from './claim-tracker.ts'

export interface BindClaimsOptions {
  readonly client: Client
  readonly clock: Clock
  readonly tracker: ClaimTracker
  /** How long devices may take to get ready. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const WRITES_MAX = 5 // As client-go's DefaultRetry.

/**
 * Writes what was allocated to a claim, and that the Pod may use it. Throws where somebody else was faster. Answers with
 * the claim as it is then.
 */
export async function bindClaim(
  claim: ResourceClaim,
  allocation: AllocationResult | undefined,
  pod: Pod,
  { client, clock, tracker }: Pick<BindClaimsOptions, 'client' | 'clock' | 'tracker'>,
): Promise<ResourceClaim> {
  let current = claim
  for (let tries = 1; ; tries += 1) {
    try {
      const written = await writeClaim(current, allocation, pod, { client, clock })
      tracker.written(written)
      return written
    } catch (error) {
      if (!isConflict(error) || tries === WRITES_MAX) throw error
      current = await client.get(ResourceClaim, claim.metadata)
      if (current.metadata.uid !== claim.metadata.uid)
        throw new Error(`claim ${claim.metadata.name} was deleted in the meantime`, {
          cause: error,
        })
    }
  }
}

async function writeClaim(
  claim: ResourceClaim,
  allocation: AllocationResult | undefined,
  pod: Pod,
  { client, clock }: Pick<BindClaimsOptions, 'client' | 'clock'>,
): Promise<ResourceClaim> {
  const { status, metadata } = claim
  const { namespace, name } = metadata
  if (allocation && status.allocation)
    throw new Error(`claim ${namespace}/${name} got allocated elsewhere in the meantime`)
  if (!allocation && !status.allocation)
    throw new Error(`claim ${namespace}/${name} got deallocated elsewhere in the meantime`)
  if (metadata.deletionTimestamp !== undefined)
    throw new Error(`claim ${namespace}/${name} got deleted in the meantime`)
  const { finalizers = [] } = metadata
  const kept = finalizers.includes(CLAIM_FINALIZER)
    ? claim
    : await client.update(ResourceClaim, {
        ...claim,
        metadata: { ...metadata, finalizers: [...finalizers, CLAIM_FINALIZER] },
      })
  const { reservedFor = [] } = kept.status
  const isLate = allocation && needsWait(allocation)
  return client.updateStatus(ResourceClaim, {
    ...kept,
    status: {
      ...kept.status,
      ...(allocation && {
        allocation: { ...allocation, ...(isLate && { allocationTimestamp: timestamp(clock) }) },
      }),
      reservedFor: isReservedFor(kept, pod)
        ? reservedFor
        : [...reservedFor, consumerReference(pod)],
    },
  })
}

function needsWait({ devices }: AllocationResult): boolean {
  return (devices.results ?? []).some(({ bindingConditions = [] }) => bindingConditions.length > 0)
}

/** Resolves once all devices of a claim are ready for the Pod (KEP-5007). Throws where one will not be, or takes too long. */
export async function untilReady(
  claim: ResourceClaim,
  { tracker, clock, timeoutMs, signal }: BindClaimsOptions,
): Promise<void> {
  if (!claim.status.allocation || !needsWait(claim.status.allocation)) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const { namespace, name } = claim.metadata
  const settle = (now: ResourceClaim | undefined): boolean => {
    if (!now && !tracker.hasSeen(claim)) return false
    // What was written has yet to come back.
    if (now?.metadata.uid === claim.metadata.uid && !now.status.allocation) return false
    const state = now?.metadata.uid === claim.metadata.uid ? readiness(now) : 'failed'
    if (state === 'waiting') return false
    if (state === 'ready') resolve()
    else reject(new Error(`claim ${namespace}/${name} binding failed`))
    return true
  }
  using _waiting = tracker.whenClaim(claim, settle, () => undefined)
  using _timer = clock.after(timeoutMs, () => reject(new Error('device binding timeout')))
  await abortable(promise, signal)
}

function readiness({ status }: ResourceClaim): 'ready' | 'waiting' | 'failed' {
  let isWaiting = false
  for (const result of status.allocation?.devices.results ?? []) {
    const { bindingConditions = [], bindingFailureConditions = [] } = result
    const device = status.devices?.find(
      (each) =>
        each.driver === result.driver &&
        each.pool === result.pool &&
        each.device === result.device &&
        each.shareID === result.shareID,
    )
    const holds = (type: string): boolean =>
      device?.conditions?.some((each) => each.type === type && each.status === 'True') ?? false
    if (bindingFailureConditions.some(holds)) return 'failed'
    if (!bindingConditions.every(holds)) isWaiting = true
  }
  return isWaiting ? 'waiting' : 'ready'
}

/** Takes back what was allocated. */
export async function deallocate(claim: ResourceClaim, client: Client): Promise<void> {
  const {
    allocation: _allocation,
    reservedFor: _reserved,
    devices: _devices,
    ...status
  } = claim.status
  await client.updateStatus(ResourceClaim, { ...claim, status })
}

/** Lets others use a claim that a Pod had reserved. */
export async function release(claim: ResourceClaim, pod: Pod, client: Client): Promise<void> {
  const { namespace, name, uid } = claim.metadata
  const reservedFor = [{ $patch: 'delete', uid: pod.metadata.uid }]
  const patch = { metadata: { uid }, status: { reservedFor } }
  try {
    await client.patch(ResourceClaim, { namespace, name }, 'strategic', patch, {
      subresource: 'status',
    })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
