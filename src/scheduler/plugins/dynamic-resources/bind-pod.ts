import type { Pod } from '../../../api/core/v1/pod.ts'
import { isReservedFor } from '../../../api/resource/pod-claims.ts'
import type { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import { failed, type Status } from '../../framework/status.ts'
import { bindClaim, deallocate, untilReady, type BindClaimsOptions } from './bind-claims.ts'
import { createExtendedClaim, tellPod } from './extended-claim.ts'
import { isIdleFor, type Allocated, type PodState } from './pod-state.ts'

/** Writes what was decided for the claims of a Pod, and resolves once all of their devices are ready. */
export async function bindPod(
  { claims, open, byNode }: PodState,
  pod: Pod,
  nodeName: string,
  options: BindClaimsOptions,
): Promise<Status | undefined> {
  const bound: ResourceClaim[] = []
  const found = byNode.get(nodeName)
  try {
    if (found?.extended) bound.push(await bindExtended(found.extended, pod, options))
    for (const claim of claims) {
      const allocation = found?.results[open.indexOf(claim)]
      const isDone = !allocation && isReservedFor(claim, pod)
      bound.push(isDone ? claim : await bindClaim(claim, allocation, pod, options))
    }
    await untilAllReady(bound, pod, options)
    return undefined
  } catch (error) {
    return failed(error)
  }
}

async function bindExtended(
  extended: Allocated,
  pod: Pod,
  options: BindClaimsOptions,
): Promise<ResourceClaim> {
  const { client, tracker } = options
  const { claim, allocation, mappings } = extended
  const created = await createExtendedClaim(claim, pod, client)
  extended.created = created
  tracker.assume(created.metadata.uid, allocation)
  tracker.forget(claim.metadata.uid)
  const bound = await bindClaim(created, allocation, pod, options)
  await tellPod(pod, created.metadata.name, mappings, client)
  return bound
}

/** Devices that do not get ready are given back, so that others can be tried. */
async function untilAllReady(
  claims: readonly ResourceClaim[],
  pod: Pod,
  options: BindClaimsOptions,
): Promise<void> {
  const { client, tracker } = options
  const enough = new AbortController()
  const signal = AbortSignal.any([options.signal, enough.signal])
  const ready = claims.map(async (claim) => {
    try {
      await untilReady(claim, { ...options, signal })
    } catch (error) {
      if (signal.aborted) throw error
      enough.abort(error)
      const { namespace, name } = claim.metadata
      const newest = tracker.get(namespace, name)
      if (newest && isIdleFor(newest, pod)) await deallocate(newest, client)
      throw error
    }
  })
  await Promise.all(ready)
}
