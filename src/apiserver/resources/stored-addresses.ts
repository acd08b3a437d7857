import type { Service } from '../../api/core/v1/service.ts'
import { IPAddress } from '../../api/networking/v1/ip-address.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client, ObjectKey } from '../../client/client.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { serviceAddress } from './service-address.ts'

/** Keeps an address for a Service; false where it is kept already. */
export async function keepAddress(
  client: Client,
  address: string,
  owner: Service['metadata'],
): Promise<boolean> {
  try {
    await client.create(IPAddress, serviceAddress(address, owner))
    return true
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return false
  }
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
