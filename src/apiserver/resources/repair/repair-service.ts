import { isHeadless, needsClusterIp } from '../../../api/core/v1/service-helpers.ts'
import { Service } from '../../../api/core/v1/service.ts'
import { IPAddress } from '../../../api/networking/v1/ip-address.ts'
import { parseIp } from '../../../api/validation/ip.ts'
import type { Client } from '../../../client/client.ts'
import type { EventRecorder, PassCache } from '../../../controller-runtime/index.ts'
import {
  addressesOf,
  addressName,
  belongsTo,
  belongsToService,
  holds,
  isWellLabeled,
} from '../service-address.ts'
import type { ServiceRanges } from '../service-ranges.ts'
import { current, keepAddress, removeExactly } from '../stored-addresses.ts'

export interface RepairContext {
  readonly client: Client
  readonly cache: PassCache
  readonly events: EventRecorder
  readonly ranges: ServiceRanges
}

/**
 * Sees to it that each address of a Service is kept for it by an IPAddress, and tells of what cannot be put right. Acts
 * on nothing that only the caches say: what is stored now is asked first.
 */
export async function repairService(cached: Service, context: RepairContext): Promise<void> {
  if (!hasAddresses(cached)) return
  const isRight = addressesOf(cached).every((address) => isKept(address, cached, context))
  if (isRight) return
  const service = await current(context.client, Service, cached.metadata)
  if (!service || !hasAddresses(service)) return
  for (const address of addressesOf(service)) await repairAddress(service, address, context)
}

function hasAddresses({ spec, metadata }: Service): boolean {
  return needsClusterIp(spec) && !isHeadless(spec) && metadata.deletionTimestamp === undefined
}

function isKept(address: string, { metadata }: Service, { cache, ranges }: RepairContext): boolean {
  const kept = cache.get(IPAddress, { name: addressName(address) })
  return (
    kept !== undefined && belongsTo(kept, metadata) && isWellLabeled(kept) && ranges.has(address)
  )
}

async function repairAddress(
  service: Service,
  address: string,
  { client, events, ranges }: RepairContext,
): Promise<void> {
  const warn = (reason: string, text: string): void => events.warning(service, reason, text)
  const { namespace, name } = service.metadata
  const family = parseIp(address)?.family
  if (!family) {
    return warn(
      'ClusterIPNotValid',
      `Cluster IP ${address} is not a valid IP; please recreate Service`,
    )
  }
  const ip = `[${family}]: ${address}`
  if (!ranges.has(address) && !(await ranges.now()).has(address)) {
    const text = `Cluster IP ${ip} is not within any configured Service CIDR; please recreate service`
    return warn('ClusterIPOutOfRange', text)
  }
  const kept = await current(client, IPAddress, { name: addressName(address) })
  if (!kept) {
    warn('ClusterIPNotAllocated', `Cluster IP ${ip} is not allocated; repairing`)
    await keepAddress(client, address, service.metadata)
    return
  }
  const isOthers = belongsToService(kept) && !belongsTo(kept, service.metadata)
  if (isOthers && holds(await ownerOf(client, kept), kept)) {
    const text = `Cluster IP [${family}]:${address} was assigned to multiple services; please recreate service`
    return warn('ClusterIPAlreadyAllocated', text)
  }
  if (!belongsTo(kept, service.metadata)) {
    const text = `the ClusterIP ${ip} for Service ${namespace}/${name} has a wrong reference; repairing`
    warn('ClusterIPNotAllocated', text)
  } else if (isWellLabeled(kept)) return
  await removeExactly(client, kept)
  // Another server may be as quick.
  await keepAddress(client, address, service.metadata)
}

function ownerOf(client: Client, { spec }: IPAddress): Promise<Service | undefined> {
  const { namespace = '', name } = spec.parentRef
  return current(client, Service, { namespace, name })
}
