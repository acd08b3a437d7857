import type { Features } from '../../api/features.ts'
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { alreadyExists } from '../../apimachinery/status-error.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { ApiRequest } from '../../client/request.ts'
import type { Transport } from '../../client/transport.ts'
import type { ApiObject } from '../registry/api-object.ts'
import { keyOf as keyInStore, toStore } from '../registry/resource.ts'
import type { ConnectedServer } from '../live/live-objects.ts'
import { newObject } from './new-object.ts'
import { defaultPolicy } from './policy.ts'
import { reconcileBinding, reconcileRole, type Reconciliation } from './reconcile.ts'

const PLURALS: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
}

export interface PolicyOptions extends ConnectedServer {
  readonly clock: Clock
  readonly random: Random
  readonly features?: Features
}

/**
 * Sees to it that the default roles and bindings grant what they should. A cluster that has them gets no write at all;
 * a new one gets all of them at once, so that a store can write them as one. What is new goes to the store directly:
 * there are many of them, every start of a new cluster waits for them, and nothing about them is in doubt.
 */
export async function ensureDefaultPolicy(options: PolicyOptions): Promise<void> {
  const { roles, bindings } = defaultPolicy(options.features)
  const stored = await storedObjects(options.transport)
  const ensure = <T extends ApiObject>(
    wanted: T,
    reconcile: (stored: T, wanted: T) => Reconciliation<T>,
  ): Promise<void> => ensureObject(options, stored.get(keyOf(wanted)) as T, wanted, reconcile)
  await Promise.all([
    ...roles.map((role) => ensure(role, reconcileRole)),
    ...bindings.map((binding) => ensure(binding, reconcileBinding)),
  ])
}

async function storedObjects(transport: Transport): Promise<ReadonlyMap<string, ApiObject>> {
  const lists = await Promise.all(
    Object.entries(PLURALS).map(async ([kind, plural]) => {
      const list = await transport.call({ ...RBAC, verb: 'list', resource: plural })
      const { items } = list as { readonly items: readonly ApiObject[] }
      return items.map((object) => [keyOf({ ...object, kind }), object] as const)
    }),
  )
  return new Map(lists.flat())
}

function keyOf({ kind, metadata }: ApiObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}

async function ensureObject<T extends ApiObject>(
  options: PolicyOptions,
  stored: T | undefined,
  wanted: T,
  reconcile: (stored: T, wanted: T) => Reconciliation<T>,
): Promise<void> {
  const { transport } = options
  let current = stored
  for (let attempt = 1; ; attempt++) {
    try {
      if (!current) return await create(options, wanted)
      const plan = reconcile(current, wanted)
      if (plan.type === 'nothing') return
      if (plan.type === 'update') {
        await transport.call({ ...named(wanted), verb: 'update', body: plan.object })
        return
      }
      await transport.call({ ...named(wanted), verb: 'delete' })
      return await create(options, wanted)
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isPassing(error)) throw error
    }
    current = await read(transport, wanted)
  }
}

const ATTEMPTS_MAX = 5

/** Whether another server may do the same just now, so that it is worth to look again. */
function isPassing(error: unknown): boolean {
  return isAlreadyExists(error) || isConflict(error) || isNotFound(error)
}

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }

type Place = Pick<ApiRequest, 'group' | 'version' | 'resource' | 'namespace'>

function placeOf({ kind, metadata: { namespace } }: ApiObject): Place {
  const resource = PLURALS[kind]!
  return { ...RBAC, resource, ...(namespace !== undefined && { namespace }) }
}

function named(object: ApiObject): Place & Pick<ApiRequest, 'name'> {
  return { ...placeOf(object), name: object.metadata.name! }
}

async function create(options: PolicyOptions, wanted: ApiObject): Promise<void> {
  const { group, version, resource: plural, namespace = '' } = placeOf(wanted)
  const { resource } = options.registry.find(group, version, plural)!
  const { name = '' } = wanted.metadata
  const value = toStore(resource, newObject(wanted, options))
  const key = keyInStore(resource, namespace, name)
  const { ok } = await resource.env.store.commit(key, 0, { type: 'put', value })
  if (!ok) throw alreadyExists(resource.type, name)
}

async function read<T extends ApiObject>(transport: Transport, wanted: T): Promise<T | undefined> {
  try {
    return (await transport.call({ ...named(wanted), verb: 'get' })) as T
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
