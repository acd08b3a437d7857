import type { Container, ContainerExtendedResourceRequest } from '../../../api/core/v1/container.ts'
import { isSidecar } from '../../../api/core/v1/pod-containers.ts'
import type { PodSpec } from '../../../api/core/v1/pod-spec.ts'
import type { DeviceRequest } from '../../../api/resource/v1/common.ts'
import { quantityValue } from '../../../schema/quantity.ts'

/** What is asked of drivers for the extended resources of a Pod, and which container gets what. */
export interface ExtendedRequests {
  readonly requests: readonly DeviceRequest[]
  readonly mappings: readonly ContainerExtendedResourceRequest[]
}

interface Asking {
  readonly container: Container
  /** Among init containers and containers. */
  readonly index: number
  /** It has ended before those that come later begin. */
  readonly isPassing: boolean
}

interface Need {
  readonly container: string
  readonly request: string
  readonly count: number
}

/**
 * The requests of the claim that stands for extended resources (KEP-5004): one for each container and resource, but init
 * containers that end use what later containers will have, and only the largest gets what it needs beyond that.
 * `classOf` names the class of devices for a resource.
 */
export function extendedRequests(
  spec: PodSpec,
  resources: readonly string[],
  classOf: (resource: string) => string,
): ExtendedRequests {
  const all = askingOf(spec)
  const parts = resources
    .toSorted()
    .map((resource) => requestsFor(resource, classOf(resource), all))
  return {
    requests: parts
      .flatMap(({ requests }) => requests)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    mappings: parts.flatMap(({ mappings }) => mappings),
  }
}

function askingOf({ initContainers = [], containers }: PodSpec): readonly Asking[] {
  return [...initContainers, ...containers].map((container, index) => ({
    container,
    index,
    isPassing: index < initContainers.length && !isSidecar(container),
  }))
}

function requestsFor(
  resourceName: string,
  deviceClassName: string,
  all: readonly Asking[],
): ExtendedRequests {
  const lasting = all.filter((each) => !each.isPassing && amountOf(each, resourceName) > 0)
  const own = lasting.map((each) => needOf(each, resourceName))
  const extra: Need[] = []
  const shared: Need[] = []
  for (const each of all.filter(({ isPassing }) => isPassing)) {
    const need = needOf(each, resourceName)
    let left = need.count
    for (const [i, { request, count }] of own.entries()) {
      if (left <= 0) break
      if (lasting[i]!.index < each.index) continue
      shared.push({ container: need.container, request, count })
      left -= count
    }
    if (left > 0) extra.push({ ...need, count: left })
  }
  const largest = extra.reduce<Need | undefined>(
    (most, each) => (most && most.count >= each.count ? most : each),
    undefined,
  )
  const mapped = [
    ...own,
    ...shared,
    ...extra.map((each) => ({ ...each, request: largest!.request })),
  ]
  return {
    requests: [...(largest ? [largest] : []), ...own].map(({ request, count }) => ({
      name: request,
      exactly: { deviceClassName, allocationMode: 'ExactCount' as const, count },
    })),
    mappings: mapped.map(({ container, request }) => ({
      containerName: container,
      resourceName,
      requestName: request,
    })),
  }
}

function needOf(each: Asking, resource: string): Need {
  const { container, index } = each
  const names = Object.keys(container.resources?.requests ?? {}).toSorted()
  const request = `container-${index}-request-${names.indexOf(resource)}`
  return { container: container.name, request, count: amountOf(each, resource) }
}

function amountOf({ container }: Asking, resource: string): number {
  return quantityValue(container.resources?.requests?.[resource])
}
