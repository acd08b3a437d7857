import { DeviceClass } from '../../../api/resource/v1/device-class.ts'
import { indexBy } from '../../../client/object-cache.ts'
import type { SharedInformers } from '../../../client/shared-informers.ts'

/** Which classes of devices there are. */
export interface DeviceClasses {
  readonly classOf: (name: string) => DeviceClass | undefined
  /** The class whose devices stand for an extended resource (KEP-5004). */
  readonly classFor: (extendedResource: string) => DeviceClass | undefined
}

const IMPLICIT_PREFIX = 'deviceclass.resource.kubernetes.io/'
const classesByResource = indexBy(DeviceClass, 'extendedResource', ({ spec }) =>
  spec.extendedResourceName === undefined ? [] : [spec.extendedResourceName],
)

/** `standsForResources` tells whether classes may stand for extended resources at all. */
export function deviceClasses(
  informers: SharedInformers,
  standsForResources: boolean,
): DeviceClasses {
  const { cache } = informers.informer(DeviceClass)
  const classOf = (name: string): DeviceClass | undefined => cache.get({ name })
  return {
    classOf,
    classFor(resource) {
      if (!standsForResources) return undefined
      if (resource.startsWith(IMPLICIT_PREFIX))
        return classOf(resource.slice(IMPLICIT_PREFIX.length))
      const classes = cache.find(classesByResource, resource)
      return classes.length > 1 ? classes.toSorted(byAge)[0] : classes[0]
    },
  }
}

/** Of several the newest counts, and of these the first by name. */
function byAge({ metadata: a }: DeviceClass, { metadata: b }: DeviceClass): number {
  return (
    (b.creationTimestamp ?? '').localeCompare(a.creationTimestamp ?? '') ||
    (a.name < b.name ? -1 : 1)
  )
}
