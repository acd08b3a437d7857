import { changeField, changeItems, withField, withFields, withMissing } from '../../change.ts'
import type { PodTemplateSpec } from './common.ts'
import type { Container, ContainerPort } from './container.ts'
import { defaultPullPolicy } from './image-name.ts'
import type { AnyContainer } from './pod-containers.ts'
import {
  aggregateContainerLimits,
  aggregateContainerRequests,
  type ResourceList,
} from './pod-resources.ts'
import type { PodSpec } from './pod-spec.ts'
import type { Pod } from './pod.ts'
import { roundUpResources, roundUpToMilli } from './quantity-rounding.ts'
import { isHugePages, isOvercommitAllowed, isPodLevelResource } from './resource-names.ts'
import type { ResourceRequirements } from './resources.ts'
import type { Volume } from './volume.ts'

/** Fills in what depends on other fields of a Pod. */
export function defaultPod(pod: Pod): Pod {
  return withFields(pod, {
    spec: defaultSpecOfPod(defaultPodSpec(pod.spec)),
    status: withMatchingAddresses(pod.status),
  })
}

/** Fills in what depends on other fields of a template that Pods are made from. */
export function defaultPodTemplate(template: PodTemplateSpec): PodTemplateSpec {
  return withField(template, 'spec', defaultPodSpec(template.spec))
}

/** What a PodSpec gets wherever it stands. What only Pods get is kept from templates, so that these stay as they are. */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  const serviceAccount = spec.serviceAccountName || spec.serviceAccount
  return withFields(spec, {
    serviceAccountName: serviceAccount,
    serviceAccount,
    volumes: spec.volumes && changeItems(spec.volumes, defaultVolume),
    containers: changeItems(spec.containers, defaultContainer),
    initContainers: spec.initContainers && changeItems(spec.initContainers, defaultContainer),
    ephemeralContainers:
      spec.ephemeralContainers && changeItems(spec.ephemeralContainers, defaultContainer),
    overhead: spec.overhead && roundUpToMilli(spec.overhead),
    resources: spec.resources && roundUpResources(spec.resources),
  })
}

function defaultContainer<C extends AnyContainer>(container: C): C {
  const policy = container.imagePullPolicy ?? defaultPullPolicy(container.image)
  const changed: C =
    container.imagePullPolicy === policy ? container : { ...container, imagePullPolicy: policy }
  const resources = roundUpResources(changed.resources)
  return resources === changed.resources ? changed : { ...changed, resources }
}

function defaultVolume(volume: Volume): Volume {
  // Only the name is there: it holds nothing yet.
  if (Object.keys(volume).length === 1) return { ...volume, emptyDir: {} }
  return changeField(volume, 'image', (image) =>
    withField(image, 'pullPolicy', image.pullPolicy ?? defaultPullPolicy(image.reference)),
  )
}

function defaultSpecOfPod(spec: PodSpec): PodSpec {
  const changed = withFields(spec, {
    containers: changeItems(spec.containers, (each) => defaultForPod(each, spec)),
    initContainers:
      spec.initContainers && changeItems(spec.initContainers, (each) => defaultForPod(each, spec)),
    enableServiceLinks: spec.enableServiceLinks ?? true,
  })
  return changed.resources
    ? withField(changed, 'resources', defaultPodResources(changed, changed.resources))
    : changed
}

function defaultForPod(container: Container, { hostNetwork }: PodSpec): Container {
  const { resources, ports } = container
  return withFields(container, {
    resources: resources.limits
      ? withField(resources, 'requests', withMissing(resources.requests, resources.limits))
      : resources,
    ports: hostNetwork && ports ? changeItems(ports, withHostPort) : ports,
  })
}

// On the node's network, a container's port is the node's port.
function withHostPort(port: ContainerPort): ContainerPort {
  return port.hostPort || !port.containerPort ? port : { ...port, hostPort: port.containerPort }
}

/** Resources of the Pod as a whole, completed from its containers' (KEP-2837). */
function defaultPodResources(spec: PodSpec, resources: ResourceRequirements): ResourceRequirements {
  const limits = withHugePages(spec, resources)
  if (!limits) return resources
  const fromContainers = pick(
    aggregateContainerRequests(spec),
    (name) => isPodLevelResource(name) && isOvercommitAllowed(name),
  )
  const requests = withMissing(
    withMissing(resources.requests, fromContainers),
    pick(limits, isPodLevelResource),
  )
  return withFields(resources, {
    limits,
    requests: Object.keys(requests).length === 0 ? undefined : requests,
  })
}

function withHugePages(
  spec: PodSpec,
  { limits, requests }: ResourceRequirements,
): ResourceList | undefined {
  if (!limits && !requests) return undefined
  const fromContainers = pick(
    aggregateContainerLimits(spec),
    (name) => isHugePages(name) && requests?.[name] === undefined,
  )
  const all = withMissing(limits, fromContainers)
  return Object.keys(all).length === 0 ? undefined : all
}

function pick(list: ResourceList, wanted: (name: string) => boolean): ResourceList {
  return Object.fromEntries(Object.entries(list).filter(([name]) => wanted(name)))
}

/** The first of several addresses stands alone too, for older clients. Where they differ, the single one counts. */
function withMatchingAddresses(status: Pod['status']): Pod['status'] {
  const { podIP, podIPs } = status
  const first = podIPs?.[0]?.ip
  if (podIP === first) return status
  return podIP ? { ...status, podIPs: [{ ip: podIP }] } : withField(status, 'podIP', first)
}
