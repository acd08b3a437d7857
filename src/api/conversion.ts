import { apiVersionOf, type ResourceClass } from '../schema/resource.ts'
import { fromV2, toV2 } from './autoscaling/v2/horizontal-pod-autoscaler-conversion.ts'
import { fromCoreEvent, toCoreEvent } from './events/v1/event-conversion.ts'
import {
  claimFromBeta,
  claimToBeta,
  sliceFromBeta,
  sliceToBeta,
  templateFromBeta,
  templateToBeta,
} from './resource/v1beta1/conversion.ts'

type Convert = (object: never) => unknown

/** By kind, from a version, to a version. Kinds whose versions have the same fields need none. */
const CONVERSIONS = new Map<string, Convert>([
  ['HorizontalPodAutoscaler autoscaling/v1 autoscaling/v2', toV2],
  ['HorizontalPodAutoscaler autoscaling/v2 autoscaling/v1', fromV2],
  ['Event events.k8s.io/v1 v1', toCoreEvent],
  ['Event v1 events.k8s.io/v1', fromCoreEvent],
  ['ResourceClaim resource.k8s.io/v1beta1 resource.k8s.io/v1', claimFromBeta],
  ['ResourceClaim resource.k8s.io/v1 resource.k8s.io/v1beta1', claimToBeta],
  ['ResourceClaimTemplate resource.k8s.io/v1beta1 resource.k8s.io/v1', templateFromBeta],
  ['ResourceClaimTemplate resource.k8s.io/v1 resource.k8s.io/v1beta1', templateToBeta],
  ['ResourceSlice resource.k8s.io/v1beta1 resource.k8s.io/v1', sliceFromBeta],
  ['ResourceSlice resource.k8s.io/v1 resource.k8s.io/v1beta1', sliceToBeta],
])

/**
 * The object in the form of another class that serves the same kind, as from the served version to the stored one. The
 * object itself where both are the same. Throws where there is no way: that is a bug.
 */
export function convert<A, B>(object: A, from: ResourceClass<A>, to: ResourceClass<B>): B {
  if ((from as ResourceClass) === to) return object as unknown as B
  const [source, target] = [apiVersionOf(from.resource), apiVersionOf(to.resource)]
  const conversion = CONVERSIONS.get(`${from.resource.kind} ${source} ${target}`)
  if (!conversion && !isSameKind(from, to))
    throw new Error(`No conversion from ${nameOf(from)} to ${nameOf(to)}`)
  const converted = conversion ? conversion(object as never) : object
  return { ...(converted as object), apiVersion: target } as B
}

function isSameKind(a: ResourceClass, b: ResourceClass): boolean {
  return a.resource.group === b.resource.group && a.resource.kind === b.resource.kind
}

function nameOf({ resource: { group, version, kind } }: ResourceClass): string {
  return `${group}/${version} ${kind}`
}
