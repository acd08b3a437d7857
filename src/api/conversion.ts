import type { ResourceClass } from '../schema/resource.ts'
import { HorizontalPodAutoscaler as AutoscalerV1 } from './autoscaling/v1/index.ts'
import { HorizontalPodAutoscaler as AutoscalerV2 } from './autoscaling/v2/index.ts'
import { fromV2, toV2 } from './autoscaling/v2/horizontal-pod-autoscaler-conversion.ts'
import { Event as CoreEvent } from './core/v1/index.ts'
import { fromCoreEvent, toCoreEvent } from './events/v1/event-conversion.ts'
import { Event } from './events/v1/index.ts'

type Convert = (object: never) => unknown

// From a class, to a class.
const CONVERSIONS = new Map<ResourceClass, Map<ResourceClass, Convert>>([
  [AutoscalerV1, new Map<ResourceClass, Convert>([[AutoscalerV2, toV2]])],
  [AutoscalerV2, new Map<ResourceClass, Convert>([[AutoscalerV1, fromV2]])],
  [Event, new Map<ResourceClass, Convert>([[CoreEvent, toCoreEvent]])],
  [CoreEvent, new Map<ResourceClass, Convert>([[Event, fromCoreEvent]])],
])

/**
 * The object in the form of another class that serves the same kind, as from the served version to the stored one. The
 * object itself where both are the same. Throws where there is no way: that is a bug.
 */
export function convert<A, B>(object: A, from: ResourceClass<A>, to: ResourceClass<B>): B {
  if ((from as ResourceClass) === to) return object as unknown as B
  const conversion = CONVERSIONS.get(from)?.get(to)
  if (!conversion) throw new Error(`No conversion from ${nameOf(from)} to ${nameOf(to)}`)
  return conversion(object as never) as B
}

function nameOf({ resource: { group, version, kind } }: ResourceClass): string {
  return `${group}/${version} ${kind}`
}
