import { findStatusError } from '../apimachinery/status-error.ts'
import { reasonOf } from '../apimachinery/status-predicates.ts'
import { linkedAbort } from '../base/async.ts'
import { sleep, type Clock } from '../base/clock.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { Informer } from '../client/informer.ts'
import { metadataOf } from '../client/object-cache.ts'
import type { ObjectKey } from '../client/client.ts'
import type { ApiRequest } from '../client/request.ts'
import type { CallOptions, Transport } from '../client/transport.ts'

/** Calls back once a cache shows what was written, at once where it does already. */
type Seen = (callback: () => void) => Disposable

/** The writes of a pass that caches are yet to show. */
export class PendingWrites {
  readonly #options: RememberingOptions
  readonly #writes: Seen[] = []
  readonly #informers = new Set<Informer<unknown>>()

  constructor(options: RememberingOptions) {
    this.#options = options
  }

  add(informer: Informer<unknown>, seen: Seen): void {
    this.#informers.add(informer)
    this.#writes.push(seen)
  }

  /** A write may have been done or not: that is known once the cache is as new as the server is now. */
  addUncertain(informer: Informer<unknown>): void {
    this.add(informer, (callback) => caughtUp(informer, this.#options, callback))
  }

  /** Calls back once the caches show all of them, at once where they do already or there were none. */
  whenAllSeen(callback: () => void): Disposable {
    return whenAll(this.#writes, callback)
  }

  /** Calls back once the caches that they are to be seen in are as new as the server is now. */
  whenCaughtUp(callback: () => void): Disposable {
    const waits = [...this.#informers].map(
      (informer): Seen =>
        (one) =>
          caughtUp(informer, this.#options, one),
    )
    return whenAll(waits, callback)
  }
}

function whenAll(all: readonly Seen[], callback: () => void): Disposable {
  let left = all.length
  const one = (): void => {
    left -= 1
    if (left === 0) callback()
  }
  const waits = all.map((seen) => seen(one))
  if (all.length === 0) callback()
  return { [Symbol.dispose]: () => waits.forEach((wait) => wait[Symbol.dispose]()) }
}

export interface RememberingOptions {
  readonly transport: Transport
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A transport for one pass: its calls end with the pass, and its writes are remembered in `writes`. */
export function rememberingTransport(
  options: RememberingOptions,
  writes: PendingWrites,
): Transport {
  const { transport, informers, signal: passSignal } = options
  const withSignal = ({ signal }: CallOptions = {}): CallOptions => ({
    signal: signal ? AbortSignal.any([signal, passSignal]) : passSignal,
  })
  return {
    async call(request, callOptions) {
      const remember = rememberer(request, informers)
      let answer: unknown
      try {
        answer = await transport.call(request, withSignal(callOptions))
      } catch (error) {
        if (remember && isUncertain(error)) writes.addUncertain(remember.informer)
        throw error
      }
      const seen = remember?.of(answer)
      if (seen) writes.add(remember!.informer, seen)
      return answer
    },
    watch: (request, options) => transport.watch(request, withSignal(options)),
  }
}

interface Rememberer {
  readonly informer: Informer<unknown>
  readonly of: (answer: unknown) => Seen | undefined
}

/** How to tell, from the answer to a write, when the cache shows it; undefined where there is no cache of its type. */
function rememberer(request: ApiRequest, informers: SharedInformers): Rememberer | undefined {
  if (request.options?.dryRun) return undefined
  const informer = informers.find(request)
  if (!informer) return undefined
  switch (request.verb) {
    case 'create':
    case 'update':
    case 'patch':
      return { informer, of: (answer) => written(request, informer, answer) }
    case 'delete': {
      const seen = deleted(request, informer)
      return seen && { informer, of: () => seen }
    }
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
  const version: Seen = (callback) => informer.whenSeen(resourceVersion, callback)
  const freed = letGo(informer, answer)
  return freed ? (callback) => whenAll([version, freed], callback) : version
}

// What nothing keeps any more goes with the write that let it go, and the answer has the version before that.
function letGo(informer: Informer<unknown>, answer: unknown): Seen | undefined {
  const { metadata } = answer as { readonly metadata: Keepable }
  if (metadata.deletionTimestamp === undefined || isKept(metadata)) return undefined
  const isFree = (object: unknown): boolean => {
    const { metadata: now } = (object ?? {}) as { readonly metadata?: Keepable }
    return now?.uid !== metadata.uid || !isKept(now)
  }
  return (callback) => informer.whenObject(metadata, isFree, callback)
}

interface Keepable extends ObjectKey {
  readonly uid: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
}

function isKept({ finalizers = [] }: Keepable): boolean {
  return finalizers.length > 0
}

// The answer may not tell a version, so the cached object itself must show that it is going or gone.
function deleted(
  { namespace, name = '' }: ApiRequest,
  informer: Informer<unknown>,
): Seen | undefined {
  const key = namespace === undefined ? { name } : { namespace, name }
  const before = informer.cache.get(key)
  if (before === undefined) return undefined
  const { uid } = metadataOf(before)
  const isGoing = (object: unknown): boolean => {
    if (object === undefined) return true
    const { metadata } = object as { readonly metadata: Keepable }
    return metadata.uid !== uid || metadata.deletionTimestamp !== undefined
  }
  return (callback) => informer.whenObject(key, isGoing, callback)
}

/** Whether a write may have been done although it failed: what the server refuses is not done. */
function isUncertain(error: unknown): boolean {
  const { code = 0 } = findStatusError(error)?.status ?? {}
  return code < 400 || code >= 500
}

/** Calls back once the cache is as new as the server is now. */
function caughtUp(
  informer: Informer<unknown>,
  { clock, signal: passSignal }: RememberingOptions,
  callback: () => void,
): Disposable {
  const abort = linkedAbort(passSignal)
  const { signal } = abort
  const wait = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await informer.catchUp({ signal })
        return callback()
      } catch {
        // The server does not answer either: ask until it does.
        await sleep(clock, ASK_AGAIN_MS, { signal })
      }
    }
  }
  // Waiting fails only when nobody wants to know any more.
  wait().catch(() => undefined)
  return {
    [Symbol.dispose]() {
      abort.abort()
      abort[Symbol.dispose]()
    },
  }
}

const ASK_AGAIN_MS = 1000

/** Whether an error only says that somebody else was faster: the next pass will see what they wrote. */
export function isRace(error: unknown): boolean {
  return ['Conflict', 'AlreadyExists', 'NotFound'].includes(reasonOf(error))
}
