import type { Node } from '../../../api/core/v1/node.ts'
import type { NodeSelector, NodeSelectorRequirement } from '../../../api/core/v1/selector.ts'
import type {
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  ResourceClaim,
} from '../../../api/resource/v1/resource-claim.ts'
import { consumedCapacity, type Consumption } from './device-capacity.ts'
import type { Variant } from './device-requests.ts'
import type { PoolDevice } from './device-pools.ts'

/** A device that serves a request. */
export interface ChosenDevice {
  readonly variant: Variant
  readonly device: PoolDevice
  /** Its share, where several may use the device. */
  readonly consumption?: Consumption
  readonly shareID?: string
}

/** What is written into the status of a claim. */
export function allocationResult(
  { spec }: ResourceClaim,
  chosen: readonly ChosenDevice[],
  node: Node,
): AllocationResult {
  const variants = [...new Set(chosen.map(({ variant }) => variant))]
  const fromClasses = variants.flatMap(({ name, deviceClass }) =>
    (deviceClass.spec.config ?? []).map(({ opaque }) => configuration('FromClass', [name], opaque)),
  )
  const fromClaim = (spec.devices.config ?? [])
    .filter(({ requests = [] }) => requests.length === 0 || variants.some(isOneOf(requests)))
    .map(({ requests, opaque }) => configuration('FromClaim', requests, opaque))
  const config = [...fromClasses, ...fromClaim]
  const nodeSelector = reachOf(chosen, node)
  return {
    devices: { results: chosen.map(resultOf), ...(config.length > 0 && { config }) },
    ...(nodeSelector && { nodeSelector }),
  }
}

function configuration(
  source: DeviceAllocationConfiguration['source'],
  requests: readonly string[] | undefined,
  opaque: DeviceAllocationConfiguration['opaque'],
): DeviceAllocationConfiguration {
  return { source, ...(requests && { requests }), ...(opaque && { opaque }) }
}

function isOneOf(requests: readonly string[]): (variant: Variant) => boolean {
  return ({ name, requestName }) => requests.includes(name) || requests.includes(requestName)
}

function resultOf({
  variant,
  device: { driver, pool, device },
  consumption,
  shareID,
}: ChosenDevice): DeviceRequestAllocationResult {
  const { bindingConditions, bindingFailureConditions } = device
  return {
    request: variant.name,
    driver,
    pool: pool.name,
    device: device.name,
    ...(variant.isAdmin && { adminAccess: true }),
    ...(variant.tolerations.length > 0 && { tolerations: variant.tolerations }),
    ...(bindingConditions && { bindingConditions }),
    ...(bindingFailureConditions && { bindingFailureConditions }),
    ...(shareID !== undefined && { shareID }),
    ...(consumption && consumption.size > 0 && { consumedCapacity: consumedCapacity(consumption) }),
  }
}

/** Where the devices can be used: on this node alone, where all their selectors meet, or everywhere. */
function reachOf(chosen: readonly ChosenDevice[], node: Node): NodeSelector | undefined {
  const matchExpressions: NodeSelectorRequirement[] = []
  const matchFields: NodeSelectorRequirement[] = []
  for (const { device } of chosen) {
    const where = device.slice.perDeviceNodeSelection ? device.device : device.slice
    if (where.nodeName !== undefined || device.device.bindsToNode) {
      const only = { key: 'metadata.name', operator: 'In', values: [node.metadata.name] } as const
      return { nodeSelectorTerms: [{ matchFields: [only] }] }
    }
    const [term] = where.nodeSelector?.nodeSelectorTerms ?? []
    for (const each of term?.matchExpressions ?? []) addOnce(matchExpressions, each)
    for (const each of term?.matchFields ?? []) addOnce(matchFields, each)
  }
  if (matchExpressions.length + matchFields.length === 0) return undefined
  const term = {
    ...(matchExpressions.length > 0 && { matchExpressions }),
    ...(matchFields.length > 0 && { matchFields }),
  }
  return { nodeSelectorTerms: [term] }
}

function addOnce(list: NodeSelectorRequirement[], item: NodeSelectorRequirement): void {
  if (!list.some((each) => JSON.stringify(each) === JSON.stringify(item))) list.push(item)
}
