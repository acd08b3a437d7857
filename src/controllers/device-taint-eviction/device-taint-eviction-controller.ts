import { Pod } from '../../api/core/v1/pod.ts'
import {
  addedTaints,
  newestSlices,
  toleratesDeviceTaint,
} from '../../api/resource/device-taints.ts'
import type { DeviceToleration } from '../../api/resource/v1/common.ts'
import { ResourceClaim } from '../../api/resource/v1/resource-claim.ts'
import { ResourceSlice, type DeviceTaint } from '../../api/resource/v1/resource-slice.ts'
import type { DeviceTaintRule } from '../../api/resource/v1alpha3/device-taint-rule.ts'
import { equal } from '../../apimachinery/equality.ts'
import {
  controller,
  done,
  indexBy,
  requeueAfter,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { markDisrupted } from '../common/disruption-target.ts'
import { unlessGone } from '../common/unless-gone.ts'

const devicesOf = ({ status }: ResourceClaim) => status.allocation?.devices.results ?? []
const claimsByPool = indexBy(ResourceClaim, 'pool', (claim) => [
  ...new Set(devicesOf(claim).map(({ driver, pool }) => `${driver}/${pool}`)),
])
const slicesByPool = indexBy(ResourceSlice, 'pool', ({ spec }) => [
  `${spec.driver}/${spec.pool.name}`,
])

/**
 * Deletes Pods whose devices get NoExecute taints that their claims do not tolerate, or not for so long (KEP-5055).
 * `taintRules` are DeviceTaintRules, where they are served.
 */
export function deviceTaintEvictionController(
  taintRules: ResourceClass<DeviceTaintRule> | undefined,
): Controller {
  return controller<ResourceClaim>('device-taint-eviction-controller', {
    for: ResourceClaim,
    changed: (after, before) => !equal(after.status, before.status),
    watches: [
      watch(
        ResourceSlice,
        ({ spec }, cache) =>
          cache
            .find(claimsByPool, `${spec.driver}/${spec.pool.name}`)
            .map(({ metadata }) => metadata),
        (after, before) => !equal(after.spec.devices, before.spec.devices),
      ),
      ...(taintRules
        ? [
            watch(taintRules, (_rule, cache) =>
              cache.list(ResourceClaim).map(({ metadata }) => metadata),
            ),
          ]
        : []),
    ],
    reads: [Pod],
    concurrency: 8,

    async reconcile(claim, pass) {
      const evictAtMs = evictionMs(taintsIn(claim, pass, taintRules))
      if (evictAtMs === undefined) return done
      const leftMs = evictAtMs - pass.clock.now()
      if (leftMs > 0) return requeueAfter(leftMs)
      for (const { resource, name, uid } of claim.status.reservedFor ?? [])
        if (resource === 'pods') await evict(claim.metadata.namespace, name, uid, pass)
      return done
    },
  })
}

interface TaintedDevice {
  readonly taint: DeviceTaint
  readonly tolerations: readonly DeviceToleration[]
}

function taintsIn(
  claim: ResourceClaim,
  { cache }: Pass,
  taintRules: ResourceClass<DeviceTaintRule> | undefined,
): readonly TaintedDevice[] {
  const rules = taintRules ? cache.list(taintRules) : []
  return devicesOf(claim).flatMap(({ driver, pool, device, tolerations = [] }) => {
    const own = newestSlices(cache.find(slicesByPool, `${driver}/${pool}`))
      .flatMap(({ spec }) => spec.devices ?? [])
      .filter(({ name }) => name === device)
      .flatMap(({ taints = [] }) => taints)
    const added = addedTaints(rules, driver, pool, device)
    return [...own, ...added].map((taint) => ({ taint, tolerations }))
  })
}

/** When the Pods of a claim must go, in milliseconds since the Unix epoch; undefined where they may stay. */
export function evictionMs(devices: readonly TaintedDevice[]): number | undefined {
  const times = devices
    .filter(({ taint }) => taint.effect === 'NoExecute')
    .flatMap(({ taint, tolerations }) => {
      const addedMs = Date.parse(taint.timeAdded ?? '') || 0
      const matching = tolerations.filter((each) => toleratesDeviceTaint(each, taint))
      if (matching.length === 0) return [addedMs]
      const seconds = matching.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
      return seconds.length === 0 ? [] : [addedMs + Math.max(0, Math.min(...seconds)) * 1000]
    })
  return times.length === 0 ? undefined : Math.min(...times)
}

async function evict(namespace: string, name: string, uid: string, pass: Pass): Promise<void> {
  const pod = pass.cache.get(Pod, { namespace, name })
  if (pod?.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return
  pass.events.normal(pod, 'DeviceTaintManagerEviction', 'Marking for deletion')
  await markDisrupted(pass, pod, {
    reason: 'DeletionByDeviceTaintManager',
    message: 'Device Taint manager: deleting due to NoExecute taint',
  })
  await unlessGone(pass.client.delete(Pod, pod.metadata, { preconditions: { uid } }))
}
