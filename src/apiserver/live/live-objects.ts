import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Random } from '../../base/random.ts'
import type { Client, ObjectKey } from '../../client/client.ts'
import { createClient } from '../../client/create-client.ts'
import type { Informer } from '../../client/informer.ts'
import { createInformers } from '../../client/shared-informers.ts'
import type { Transport } from '../../client/transport.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { Registry } from '../registry/registry.ts'
import { keyOf, prefixIn } from '../registry/resource.ts'
import { fromStored, type ServedKind } from '../registry/served-kind.ts'

/**
 * What the server itself stores, for those parts of it that decide on requests: authentication, authorisation and
 * admission. `get` and `list` read what is stored now, so that a decision never misses a write that was acknowledged
 * before; what has to be found by other means than its key is followed with an informer and may lag behind a little.
 */
export interface LiveObjects {
  get<T>(type: ResourceClass<T>, key: ObjectKey): Promise<T | undefined>
  /** All objects, or those of a namespace. */
  list<T>(type: ResourceClass<T>, namespace?: string): Promise<readonly T[]>
  informer<T>(type: ResourceClass<T>): Informer<T>
  /** To write with, as the server itself. */
  readonly client: Client
}

export interface ConnectedServer {
  readonly registry: Registry
  /** Calls the server as somebody who may read everything. */
  readonly transport: Transport
}

/** Live objects that are there once the server is, which needs their readers to be made. */
export interface LateLiveObjects extends LiveObjects, AsyncDisposable {
  connect(server: ConnectedServer): void
  /** Begins to follow. Resolves when all informers that were asked for hold their collections. */
  start(): Promise<void>
}

export interface LiveObjectsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export function liveObjects(options: LiveObjectsOptions): LateLiveObjects {
  let server: ConnectedServer | undefined
  const connected = (): ConnectedServer => {
    if (!server) throw new Error('the API server does not run yet')
    return server
  }
  const client = createClient({
    call: (...request) => connected().transport.call(...request),
    watch: (...request) => connected().transport.watch(...request),
  })
  const informers = createInformers({ ...options, client })
  return {
    client,
    get: (type, key) => readOne(kindOf(connected().registry, type), key) as Promise<never>,
    list: (type, namespace = '') =>
      readAll(kindOf(connected().registry, type), namespace) as Promise<never>,
    informer: (type) => informers.informer(type),
    connect(to) {
      server = to
    },
    async start() {
      informers.start()
      await informers.waitForSync()
    },
    [Symbol.asyncDispose]: () => informers[Symbol.asyncDispose](),
  }
}

function kindOf(registry: Registry, { resource }: ResourceClass): ServedKind {
  const { group, version, plural } = resource
  const kind = registry.find(group, version, plural)
  if (!kind) throw new Error(`${plural} of ${group}/${version} are not served`)
  return kind
}

async function readOne(
  kind: ServedKind,
  { namespace = '', name }: ObjectKey,
): Promise<object | undefined> {
  const { resource } = kind
  const entry = await resource.env.store.get(keyOf(resource, namespace, name))
  return entry && fromStored(kind, resource.objectOf(entry).object)
}

async function readAll(kind: ServedKind, namespace: string): Promise<readonly object[]> {
  const { resource } = kind
  const { entries } = await resource.env.store.list(prefixIn(resource, namespace))
  return entries.map((entry) => fromStored(kind, resource.objectOf(entry).object))
}
