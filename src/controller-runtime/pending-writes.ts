import { reasonOf } from '../apimachinery/status-predicates.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { Informer } from '../client/informer.ts'
import { metadataOf } from '../client/object-cache.ts'
import type { ApiRequest } from '../client/request.ts'
import type { CallOptions, Transport } from '../client/transport.ts'

/** Calls back once a cache shows what was written, at once where it does already. */
type Seen = (callback: () => void) => Disposable

/** The writes of a pass that caches are yet to show. */
export class PendingWrites {
  readonly #writes: Seen[] = []

  add(seen: Seen): void {
    this.#writes.push(seen)
  }

  /** Calls back once the caches show all of them, at once where they do already or there were none. */
  whenAllSeen(callback: () => void): Disposable {
    let left = this.#writes.length
    const one = (): void => {
      left -= 1
      if (left === 0) callback()
    }
    const waits = this.#writes.map((seen) => seen(one))
    if (this.#writes.length === 0) callback()
    return { [Symbol.dispose]: () => waits.forEach((wait) => wait[Symbol.dispose]()) }
  }
}

/** A transport for one pass: its calls end with the pass, and its writes are remembered in `writes`. */
export function rememberingTransport(
  transport: Transport,
  informers: SharedInformers,
  writes: PendingWrites,
  passSignal: AbortSignal,
): Transport {
  const withSignal = ({ signal }: CallOptions = {}): CallOptions => ({
    signal: signal ? AbortSignal.any([signal, passSignal]) : passSignal,
  })
  return {
    async call(request, options) {
      const remember = rememberer(request, informers)
      const answer = await transport.call(request, withSignal(options))
      const seen = remember?.(answer)
      if (seen) writes.add(seen)
      return answer
    },
    watch: (request, options) => transport.watch(request, withSignal(options)),
  }
}

/** How to tell, from the answer to a write, when the cache shows it; undefined where there is no cache of its type. */
function rememberer(
  request: ApiRequest,
  informers: SharedInformers,
): ((answer: unknown) => Seen | undefined) | undefined {
  if (request.options?.dryRun) return undefined
  const informer = informers.find(request)
  if (!informer) return undefined
  switch (request.verb) {
    case 'create':
    case 'update':
    case 'patch':
      return (answer) => written(request, informer, answer)
    case 'delete':
      return deleted(request, informer)
    case 'get':
    case 'list':
    case 'watch':
    case 'deletecollection':
      return undefined
    default:
      return request.verb satisfies never
  }
}

function written(
  request: ApiRequest,
  informer: Informer<unknown>,
  answer: unknown,
): Seen | undefined {
  // Subresources such as `binding` and `eviction` answer with something else than the object.
  if ((answer as { readonly kind?: string }).kind !== informer.type.resource.kind) return undefined
  if (request.verb === 'create' && request.subresource !== undefined) return undefined
  const { resourceVersion } = metadataOf(answer)
  return (callback) => informer.whenSeen(resourceVersion, callback)
}

// The answer may not tell a version, so the cached object itself must show that it is going or gone.
function deleted(
  { namespace, name = '' }: ApiRequest,
  informer: Informer<unknown>,
): (() => Seen) | undefined {
  const key = namespace === undefined ? { name } : { namespace, name }
  const before = informer.cache.get(key)
  if (before === undefined) return undefined
  const { uid } = metadataOf(before)
  const isGoing = (object: unknown): boolean => {
    if (object === undefined) return true
    const metadata = metadataOf(object) as {
      readonly uid: string
      readonly deletionTimestamp?: string
    }
    return metadata.uid !== uid || metadata.deletionTimestamp !== undefined
  }
  return () => (callback) => informer.whenObject(key, isGoing, callback)
}

/** Whether an error only says that somebody else was faster: the next pass will see what they wrote. */
export function isRace(error: unknown): boolean {
  return ['Conflict', 'AlreadyExists', 'NotFound'].includes(reasonOf(error))
}
