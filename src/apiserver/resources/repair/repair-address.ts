import { Service } from '../../../api/core/v1/service.ts'
import { IPAddress, type ParentReference } from '../../../api/networking/v1/ip-address.ts'
import type { Clock } from '../../../base/clock.ts'
import { done, requeueAfter, type Result } from '../../../controller-runtime/index.ts'
import { belongsToService, holds, isApiServers, isForServices } from '../service-address.ts'
import { current, removeExactly } from '../stored-addresses.ts'
import type { RepairContext } from './repair-service.ts'

// Longer than any request takes: until then the Service may be on its way.
const GRACE_MS = 60_000

/** Takes away an IPAddress that was made for a Service and that no Service holds. */
export async function repairIPAddress(
  cached: IPAddress,
  { client, cache, events, clock }: RepairContext & { readonly clock: Clock },
): Promise<Result> {
  if (!isForServices(cached)) return done
  const { namespace: ns = '', name: owner } = cached.spec.parentRef
  if (holds(cache.get(Service, { namespace: ns, name: owner }), cached)) return done
  const leftMs = Date.parse(cached.metadata.creationTimestamp ?? '') + GRACE_MS - clock.now()
  if (leftMs > 0) return requeueAfter(leftMs)
  const address = await current(client, IPAddress, cached.metadata)
  if (!address) return done
  const { parentRef } = address.spec
  if (!belongsToService(address)) {
    const text = `IPAddress ${address.metadata.name} appears to have been modified, not referencing a Service ${goText(parentRef)}: cleaning up`
    events.warning(address, 'IPAddressNotAllocated', text)
    await removeExactly(client, address)
    return done
  }
  const { namespace = '', name } = parentRef
  const service = await current(client, Service, { namespace, name })
  if (holds(service, address) || isApiServers({ namespace, name })) return done
  const what = `IPAddress: ${address.metadata.name} for Service ${namespace}/${name}`
  if (service) {
    const text = `${what} has a wrong reference; cleaning up`
    events.warning(address, 'IPAddressWrongReference', text)
  } else {
    const text = `${what} appears to have leaked: cleaning up`
    events.warning(address, 'IPAddressNotAllocated', text)
  }
  await removeExactly(client, address)
  return done
}

// As Go prints it.
function goText({ group = '', resource, namespace = '', name }: ParentReference): string {
  return `&ParentReference{Group:${group},Resource:${resource},Namespace:${namespace},Name:${name},}`
}
