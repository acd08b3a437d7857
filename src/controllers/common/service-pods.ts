import type { Pod } from '../../api/core/v1/pod.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import { isPodReady, isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Service } from '../../api/core/v1/service.ts'
import { equal } from '../../apimachinery/equality.ts'
import { selectorFromLabels } from '../../apimachinery/labels.ts'
import { indexBy, type ObjectKey, type PassCache } from '../../controller-runtime/index.ts'
import { labelText, podsSelected } from './pod-indexes.ts'

type Labels = Readonly<Record<string, string>>
export type ServicePort = NonNullable<Service['spec']['ports']>[number]

export const HEADLESS_LABEL = 'service.kubernetes.io/headless'

/** Services by one of the labels that they select: a Pod that lacks it cannot be theirs. */
const servicesByLabel = indexBy(Service, 'selector', ({ metadata, spec }) => {
  const [first] = Object.entries(spec.selector ?? {})
  return first ? [labelText(metadata.namespace, ...first)] : []
})

/** The Pods that a Service selects. */
export function podsOfService({ metadata, spec }: Service, cache: PassCache): readonly Pod[] {
  // Where it demands nothing, somebody else sees to its endpoints.
  if (Object.keys(spec.selector ?? {}).length === 0) return []
  return podsSelected(metadata.namespace, selectorFromLabels(spec.selector), cache)
}

/** The keys of the Services that select a Pod. */
export function servicesOfPod({ metadata }: Pod, cache: PassCache): readonly ObjectKey[] {
  const { namespace, labels = {} } = metadata
  return Object.entries(labels).flatMap(([key, value]) =>
    cache
      .find(servicesByLabel, labelText(namespace, key, value))
      .filter(({ spec }) => hasAll(labels, Object.entries(spec.selector ?? {})))
      .map((service) => service.metadata),
  )
}

function hasAll(labels: Labels = {}, selector: readonly (readonly [string, string])[]): boolean {
  return selector.every(([key, value]) => labels[key] === value)
}

/** Whether a change of a Pod can matter to those who send it traffic. */
export function isEndpointChange(after: Pod, before: Pod): boolean {
  return !equal(endpointFacts(after), endpointFacts(before))
}

function endpointFacts(pod: Pod): unknown {
  const { metadata, spec, status } = pod
  return [
    metadata.labels,
    metadata.deletionTimestamp === undefined,
    spec.nodeName,
    spec.hostname,
    spec.subdomain,
    status.podIP,
    status.podIPs,
    isPodReady(pod),
    isPodTerminal(pod),
  ]
}

/** Whether a Pod has an address that traffic may go to. */
export function hasEndpoint(pod: Pod, withTerminating: boolean): boolean {
  if (isPodTerminal(pod)) return false
  if (!pod.status.podIP && (pod.status.podIPs ?? []).length === 0) return false
  return withTerminating || pod.metadata.deletionTimestamp === undefined
}

/** The number of a Pod's port that a Service's port leads to; undefined where the Pod has none of that name. */
export function targetPortOf(pod: Pod, port: ServicePort): number | undefined {
  const { targetPort = port.port } = port
  if (typeof targetPort === 'number') return targetPort === 0 ? port.port : targetPort
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar)
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const found = container.ports?.find(
      ({ name, protocol }) => name === targetPort && protocol === port.protocol,
    )
    if (found) return found.containerPort
  }
  return undefined
}

/** The hostname under which the Pod is found below the Service's name. */
export function hostnameOf({ metadata, spec }: Pod, service: Service): string | undefined {
  const isBelow =
    spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace
  return isBelow && spec.hostname ? spec.hostname : undefined
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === 'None' && spec.type !== 'ExternalName'
}
