import type { Pod } from '../../../api/core/v1/pod.ts'
import { matchesNodeSelector } from '../../../api/core/v1/node-affinity.ts'
import { isReservedFor } from '../../../api/resource/pod-claims.ts'
import type { ResourceClaim } from '../../../api/resource/v1/resource-claim.ts'
import { isControlledBy } from '../../../apimachinery/owner-references.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { uuid } from '../../../base/random.ts'
import { parseDurationNs } from '../../../schema/duration.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import type { PodInfo } from '../../cache/pod-info.ts'
import type { DynamicResourcesArgs } from '../../config/plugin-args.ts'
import {
  ADD,
  DELETE,
  NODE_LABEL,
  on,
  POD_CLAIMS,
  queueIf,
  UPDATE,
  type ClusterEvent,
} from '../../framework/cluster-event.ts'
import { stateKey, type CycleState } from '../../framework/cycle-state.ts'
import type { Handle } from '../../framework/handle.ts'
import type { Plugin, PostFilterResult } from '../../framework/plugin.ts'
import { failed, SKIP, unresolvable, unschedulable, type Status } from '../../framework/status.ts'
import { allocate } from './allocate.ts'
import { deallocate, release } from './bind-claims.ts'
import { bindPod } from './bind-pod.ts'
import { deviceLister } from './device-lister.ts'
import { deleteClaim, extendedResources } from './extended-claim.ts'
import { openRequests } from './device-requests.ts'
import { DeviceSelectors } from './device-selectors.ts'
import { claimsOf } from './pod-claims.ts'
import { isIdleFor, type Found, type PodState } from './pod-state.ts'

const stateOf = stateKey<PodState>('DynamicResources')
const NOT_HERE = unresolvable('resourceclaim not available on the node')
const NO_DEVICES = unresolvable('cannot allocate all claims')
const STALE = unschedulable('cannot schedule extended resource claim')
const STEPS_BETWEEN_LOOKS = 256

class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** Allocates devices to the ResourceClaims of Pods (KEP-4381), and sends Pods to where their devices are. */
export function dynamicResources(handle: Handle, args: DynamicResourcesArgs): Plugin {
  const { client, clock, informers, random, signal } = handle
  const tracker = handle.claimTracker()
  const devices = deviceLister(informers, handle.taintRules)
  const classes = handle.deviceClasses()
  const selectors = new DeviceSelectors()
  const [filterMs, bindingMs] = [args.filterTimeout, args.bindingTimeout].map(millisecondsOf)
  const binding = { client, clock, tracker, signal, timeoutMs: bindingMs! }

  const preFilter = (state: CycleState, info: PodInfo): Status | undefined => {
    const { pod } = info
    const extended = extendedResources(info, classes, random)
    const found = claimsOf(pod, tracker)
    if ('problem' in found) return unresolvable(found.problem)
    const { claims } = found
    if (claims.length === 0 && !extended) return SKIP
    const open = claims.filter(({ status }) => !status.allocation)
    const pending = open.find(({ metadata }) => tracker.isPending(metadata.uid))
    if (pending) {
      const { namespace, name } = pending.metadata
      return unresolvable(
        `resource claim ${namespace}/${name} is in the process of being allocated`,
      )
    }
    const asked = openRequests(open, classes.classOf)
    if ('problem' in asked) return unresolvable(asked.problem)
    const { requests } = asked
    state.write(stateOf, {
      claims,
      open,
      requests,
      extended,
      stale: extended && tracker.extendedOf(pod),
      byNode: new Map(),
      unavailable: new Set<ResourceClaim>(),
    })
    return undefined
  }
  const find = ({ open, requests, extended }: PodState, info: NodeInfo): Found | undefined => {
    const { node } = info
    const wanted = extended?.claimFor(info)
    if (open.length === 0 && !wanted) return { results: [] }
    const claims = wanted ? [...open, wanted.claim] : open
    const more = wanted && openRequests([wanted.claim], classes.classOf)
    if (more && 'problem' in more) return undefined
    const all = [
      ...requests,
      ...(more?.requests ?? []).map((each) => ({ ...each, claim: open.length })),
    ]
    const endMs = clock.monotonic() + filterMs!
    let steps = 0
    const step = (): void => {
      steps += 1
      if (filterMs === 0 || steps % STEPS_BETWEEN_LOOKS > 0 || clock.monotonic() < endMs) return
      throw new TimeoutError(`timed out trying to allocate devices for node ${node.metadata.name}`)
    }
    const near = devices.near(node)
    const options = { claims, requests: all, near, selectors, usage: tracker.usage(), step }
    const results = allocate({ ...options, uuid: () => uuid(random) }, node)
    if (!results) return undefined
    return wanted ? { results, extended: { ...wanted, allocation: results.at(-1)! } } : { results }
  }
  return {
    name: 'DynamicResources',
    events: [
      on('Node', ADD | NODE_LABEL),
      on('ResourceClaim', ADD | UPDATE | DELETE, (pod, event) =>
        queueIf(mayHelp(pod, event, (each) => claimsOf(each, tracker))),
      ),
      on('UnscheduledPod', POD_CLAIMS, (pod, { after }) =>
        queueIf(
          after?.metadata.uid === pod.metadata.uid && !('problem' in claimsOf(after, tracker)),
        ),
      ),
      on('DeviceClass', ADD | UPDATE),
      on('ResourceSlice', ADD | UPDATE),
      on('DeviceTaintRule', UPDATE | DELETE),
    ],

    preEnqueue(pod) {
      if (!pod.spec.resourceClaims?.length) return undefined
      const found = claimsOf(pod, tracker)
      return 'problem' in found ? unresolvable(found.problem) : undefined
    },

    preFilter: (state, info) => {
      const mayAsk = info.pod.spec.resourceClaims?.length || info.requests.scalars
      const status = mayAsk ? preFilter(state, info) : SKIP
      return status && { status }
    },

    filter(state, _pod, info) {
      const { node, name } = info
      const known = state.read(stateOf)!
      if (known.stale) return STALE
      const elsewhere = known.claims.filter(({ status: { allocation } }) => {
        const selector = allocation?.nodeSelector
        return selector !== undefined && !matchesNodeSelector(selector, node)
      })
      if (elsewhere.length > 0) {
        for (const claim of elsewhere) known.unavailable.add(claim)
        return NOT_HERE
      }
      if (known.open.length === 0 && !known.extended) return undefined
      try {
        const found = find(known, info)
        if (!found) return NO_DEVICES
        known.byNode.set(name, found)
        return undefined
      } catch (error) {
        if (error instanceof TimeoutError) return unschedulable(error.message)
        return failed(error)
      }
    },

    postFilter(state, { pod }): PostFilterResult | Promise<PostFilterResult> {
      const known = state.read(stateOf)
      if (!known) return { status: unschedulable('no new claims to deallocate') }
      if (known.stale) return dropStale(known.stale, handle)
      const idle = [...known.unavailable].find((claim) => isIdleFor(claim, pod))
      if (!idle) return { status: unschedulable('still not schedulable') }
      return makeFree(idle, handle)
    },

    reserve(state, _pod, nodeName) {
      const { open, extended, byNode } = state.read(stateOf) ?? {}
      if (!open?.length && !extended) return undefined
      const found = byNode!.get(nodeName)
      if (!found) return failed(new Error('claim allocation not found for node'))
      open!.forEach(({ metadata }, i) => tracker.assume(metadata.uid, found.results[i]!))
      if (found.extended)
        tracker.assume(found.extended.claim.metadata.uid, found.extended.allocation)
      return undefined
    },

    unreserve(state, { pod }, nodeName) {
      const known = state.read(stateOf)
      const extended = known?.byNode.get(nodeName)?.extended
      if (extended) {
        const { claim, created } = extended
        tracker.forget(claim.metadata.uid)
        if (created) void deleteLater(created, handle)
      }
      for (const claim of known?.claims ?? []) {
        const { namespace, name, uid } = claim.metadata
        tracker.forget(uid)
        const newest = tracker.get(namespace, name)
        if (newest && isReservedFor(newest, pod)) void releaseLater(newest, pod, handle)
      }
    },

    preBind(state, { pod }, nodeName) {
      const known = state.read(stateOf)
      return known && bindPod(known, pod, nodeName, binding)
    },
  }
}

function millisecondsOf(duration: string): number {
  const ns = parseDurationNs(duration)
  return typeof ns === 'bigint' ? Number(ns / 1_000_000n) : 0
}

/** Whether a change of a claim may help a Pod: devices became free, or its own claim moved on. */
function mayHelp(
  pod: Pod,
  { before, after }: ClusterEvent<'ResourceClaim'>,
  find: (pod: Pod) => ReturnType<typeof claimsOf>,
): boolean {
  const found = find(pod)
  if ('problem' in found) return false
  if (before?.status.allocation && !after?.status.allocation) return true
  if (before && !after && isControlledBy(before, pod)) return true
  if (!after || !found.claims.some(({ metadata }) => metadata.uid === after.metadata.uid))
    return false
  return !before || !equal(before.status, after.status)
}

async function makeFree(claim: ResourceClaim, { client }: Handle): Promise<PostFilterResult> {
  try {
    await deallocate(claim, client)
    return { status: unschedulable('deallocation of ResourceClaim completed') }
  } catch (error) {
    return { status: failed(error) }
  }
}

async function dropStale(claim: ResourceClaim, { client }: Handle): Promise<PostFilterResult> {
  try {
    await deleteClaim(claim, client)
    return { status: unschedulable('deletion of ResourceClaim completed') }
  } catch (error) {
    return { status: failed(error) }
  }
}

async function deleteLater(claim: ResourceClaim, { client, logger }: Handle): Promise<void> {
  try {
    await deleteClaim(claim, client)
  } catch (error) {
    logger.warn('Cannot delete a ResourceClaim', { error })
  }
}

async function releaseLater(claim: ResourceClaim, pod: Pod, handle: Handle): Promise<void> {
  try {
    await release(claim, pod, handle.client)
  } catch (error) {
    handle.logger.warn('Cannot give up a ResourceClaim', { error })
  }
}
