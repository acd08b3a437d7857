import { DeviceClass } from '../../../api/resource/v1/device-class.ts'
import { ResourceSlice, type DeviceTaint } from '../../../api/resource/v1/resource-slice.ts'
import type { DeviceTaintRule } from '../../../api/resource/v1alpha3/device-taint-rule.ts'
import { isTaintedBy } from '../../../api/resource/device-taints.ts'
import type { SharedInformers } from '../../../client/shared-informers.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import type { ClassLister } from './device-requests.ts'
import { poolsOf, type Pool } from './device-pools.ts'

/** What devices there are. */
export interface DeviceLister {
  readonly classOf: ClassLister
  /** The class whose devices stand for an extended resource. */
  classFor(extendedResource: string): DeviceClass | undefined
  pools(): readonly Pool[]
}

const IMPLICIT_PREFIX = 'deviceclass.resource.kubernetes.io/'

/** Follows classes, slices and, where they are served, rules that taint devices. */
export function deviceLister(
  informers: SharedInformers,
  taintRules: ResourceClass<DeviceTaintRule> | undefined,
): DeviceLister {
  const classes = informers.informer(DeviceClass)
  const slices = informers.informer(ResourceSlice)
  const rules = taintRules && informers.informer(taintRules)
  let pools: readonly Pool[] | undefined
  const forget = (): void => (pools = undefined)
  const changed = { add: forget, update: forget, delete: forget }
  slices.subscribe(changed)
  rules?.subscribe(changed)
  const taintsOf = (driver: string, pool: string, device: string): readonly DeviceTaint[] =>
    (rules?.cache.list() ?? [])
      .filter(({ spec }) => isTaintedBy(spec, driver, pool, device))
      .map(({ spec }) => spec.taint)
  return {
    classOf: (name) => classes.cache.get({ name }),
    classFor(resource) {
      if (resource.startsWith(IMPLICIT_PREFIX))
        return classes.cache.get({ name: resource.slice(IMPLICIT_PREFIX.length) })
      // Of several the newest counts, and of these the first by name.
      return classes.cache
        .list()
        .filter(({ spec }) => spec.extendedResourceName === resource)
        .toSorted(
          (a, b) =>
            (b.metadata.creationTimestamp ?? '').localeCompare(
              a.metadata.creationTimestamp ?? '',
            ) || a.metadata.name.localeCompare(b.metadata.name),
        )[0]
    },
    pools: () => (pools ??= poolsOf(slices.cache.list(), taintsOf)),
  }
}
