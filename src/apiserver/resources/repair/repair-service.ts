import { isHeadless, needsClusterIp } from '../../../api/core/v1/service-helpers.ts'
import { Service } from '../../../api/core/v1/service.ts'
import { IPAddress } from '../../../api/networking/v1/ip-address.ts'
import { parseIp } from '../../../api/validation/ip.ts'
import { isAlreadyExists, isNotFound } from '../../../apimachinery/status-predicates.ts'
import type { Client, ObjectKey } from '../../../client/client.ts'
import type { EventRecorder, PassCache } from '../../../controller-runtime/index.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import {
  addressesOf,
  addressName,
  belongsTo,
  belongsToService,
  isWellLabeled,
  serviceAddress,
} from '../service-address.ts'
import type { ServiceRanges } from '../service-ranges.ts'

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
    return keep(client, service, address)
  }
  const isOthers = belongsToService(kept) && !belongsTo(kept, service.metadata)
  if (isOthers && (await isHeldByOwner(client, kept))) {
    const text = `Cluster IP [${family}]:${address} was assigned to multiple services; please recreate service`
    return warn('ClusterIPAlreadyAllocated', text)
  }
  if (!belongsTo(kept, service.metadata)) {
    const text = `the ClusterIP ${ip} for Service ${namespace}/${name} has a wrong reference; repairing`
    warn('ClusterIPNotAllocated', text)
  } else if (isWellLabeled(kept)) return
  await removeExactly(client, kept)
  await keep(client, service, address)
}

async function keep(client: Client, { metadata }: Service, address: string): Promise<void> {
  try {
    await client.create(IPAddress, serviceAddress(address, metadata))
  } catch (error) {
    // Another server was as quick.
    if (!isAlreadyExists(error)) throw error
  }
}

async function isHeldByOwner(client: Client, { metadata, spec }: IPAddress): Promise<boolean> {
  const { namespace = '', name } = spec.parentRef
  const owner = await current(client, Service, { namespace, name })
  return owner !== undefined && addressesOf(owner).map(addressName).includes(metadata.name)
}

/** What is stored now; undefined where it is gone. */
export async function current<T>(
  client: Client,
  type: ResourceClass<T>,
  { namespace, name }: ObjectKey,
): Promise<T | undefined> {
  try {
    return await client.get(type, { name, ...(namespace !== undefined && { namespace }) })
  } catch (error) {
    if (!isNotFound(error)) throw error
    return undefined
  }
}

/** Deletes an IPAddress as it was seen, and none that has come in its place. Throws `Conflict` there. */
export async function removeExactly(client: Client, { metadata }: IPAddress): Promise<void> {
  const { name, uid, resourceVersion } = metadata
  try {
    await client.delete(IPAddress, { name }, { preconditions: { uid, resourceVersion } })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
