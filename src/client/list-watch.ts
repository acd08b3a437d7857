import {
  hasCause,
  isBadRequest,
  isExpired,
  isGone,
  isInvalid,
} from '../apimachinery/status-predicates.ts'
import type { ListResult, WatchEvent } from './client.ts'
import { keyText } from './object-key.ts'

/**
 * Following a collection, as a state machine without time or network: what happened goes in, and what to ask of the
 * server next and what has changed come out. The life of a follower, where all goes well:
 *
 *     start → ask for a streaming list → ADDED… → bookmark → (replace the cache) → MODIFIED, DELETED, … → ended →
 *     ask to watch from the last resourceVersion → …
 *
 * After 410 Gone it starts over. Where the server has no streaming lists (KEP-3157), it lists in pages.
 */
export type ListWatchState<T> = {
  /** How it gets the first state: as the beginning of a watch, or page by page. */
  readonly by: 'stream' | 'pages'
  /** Failures in a row, for the back-off. */
  readonly failures: number
} & (
  | { readonly phase: 'idle' }
  | { readonly phase: 'streaming'; readonly objects: Map<string, T> }
  | { readonly phase: 'paging'; readonly objects: T[] }
  | { readonly phase: 'watching'; readonly resourceVersion: string }
  /** Backing off; afterwards it watches from `resume`, or starts over without it. */
  | { readonly phase: 'waiting'; readonly resume?: string }
)

/** What has happened. */
export type ListWatchInput<T> =
  | { readonly type: 'start' }
  | { readonly type: 'page'; readonly page: ListResult<T> }
  | { readonly type: 'event'; readonly event: WatchEvent<T> }
  /** The server closed the watch after this time. */
  | { readonly type: 'ended'; readonly livedMs: number }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'waited' }

/** What to do next. Without one, the watch under way goes on. */
export type Ask =
  | { readonly type: 'list'; readonly continue?: string }
  | { readonly type: 'watch'; readonly resourceVersion: string }
  | { readonly type: 'stream' }
  | { readonly type: 'wait'; readonly failures: number }

/** What has become known. */
export type Change<T> =
  /** This is all there is. */
  | { readonly type: 'replace'; readonly objects: readonly T[]; readonly resourceVersion: string }
  | { readonly type: 'put' | 'delete'; readonly object: T; readonly resourceVersion: string }
  /** Nothing else has changed up to this resourceVersion. */
  | { readonly type: 'progress'; readonly resourceVersion: string }

export interface ListWatchStep<T> {
  readonly state: ListWatchState<T>
  readonly ask?: Ask
  readonly change?: Change<T>
}

interface HasMetadata {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion: string
  }
}

const SHORT_LIFE_MS = 1000 // A watch that ends sooner, having told nothing, counts as a failure.

export function initialState<T>(by: 'stream' | 'pages' = 'stream'): ListWatchState<T> {
  return { by, failures: 0, phase: 'idle' }
}

/** One step: the state after `input`, what it tells of the collection, and what to ask next. */
export function step<T>(state: ListWatchState<T>, input: ListWatchInput<T>): ListWatchStep<T> {
  switch (input.type) {
    case 'start':
      return start(state)
    case 'page':
      return onPage(state, input.page)
    case 'event':
      return onEvent(state, input.event)
    case 'ended':
      return onEnd(state, input.livedMs)
    case 'failed':
      return onFailure(state, input.error)
    case 'waited':
      return onWaited(state)
    default:
      return input satisfies never
  }
}

function start<T>({ by, failures }: ListWatchState<T>): ListWatchStep<T> {
  return by === 'stream'
    ? { state: { by, failures, phase: 'streaming', objects: new Map() }, ask: { type: 'stream' } }
    : { state: { by, failures, phase: 'paging', objects: [] }, ask: { type: 'list' } }
}

function onPage<T>(state: ListWatchState<T>, page: ListResult<T>): ListWatchStep<T> {
  if (state.phase !== 'paging') return { state }
  // One by one: spreading a large page would overflow the stack.
  for (const object of page.items) state.objects.push(object)
  if (page.continue !== undefined) {
    return { state, ask: { type: 'list', continue: page.continue } }
  }
  const { resourceVersion } = page
  return {
    state: { by: state.by, failures: 0, phase: 'watching', resourceVersion },
    change: { type: 'replace', objects: state.objects, resourceVersion },
    ask: { type: 'watch', resourceVersion },
  }
}

function onEvent<T>(state: ListWatchState<T>, event: WatchEvent<T>): ListWatchStep<T> {
  if (state.phase === 'streaming') return onInitialEvent(state, event)
  if (state.phase !== 'watching') return { state }
  const { by } = state
  if (event.type === 'BOOKMARK') {
    const { resourceVersion } = event
    return {
      state: { by, failures: 0, phase: 'watching', resourceVersion },
      change: { type: 'progress', resourceVersion },
    }
  }
  const { object } = event
  const { resourceVersion } = (object as HasMetadata).metadata
  const type = event.type === 'DELETED' ? 'delete' : 'put'
  return {
    state: { by, failures: 0, phase: 'watching', resourceVersion },
    change: { type, object, resourceVersion },
  }
}

function onInitialEvent<T>(
  state: ListWatchState<T> & { readonly phase: 'streaming' },
  event: WatchEvent<T>,
): ListWatchStep<T> {
  const { objects, by } = state
  if (event.type !== 'BOOKMARK') {
    const key = keyText((event.object as HasMetadata).metadata)
    if (event.type === 'DELETED') objects.delete(key)
    else objects.set(key, event.object)
    return { state }
  }
  if (!event.initialEventsEnd) return { state }
  const { resourceVersion } = event
  return {
    state: { by, failures: 0, phase: 'watching', resourceVersion },
    change: { type: 'replace', objects: [...objects.values()], resourceVersion },
  }
}

function onEnd<T>(state: ListWatchState<T>, livedMs: number): ListWatchStep<T> {
  if (state.phase !== 'watching') return wait(state)
  const { resourceVersion } = state
  if (livedMs < SHORT_LIFE_MS) return wait(state, resourceVersion)
  return { state: { ...state, failures: 0 }, ask: { type: 'watch', resourceVersion } }
}

function onFailure<T>(state: ListWatchState<T>, error: unknown): ListWatchStep<T> {
  if (state.phase === 'streaming' && (isInvalid(error) || isBadRequest(error))) {
    // The server does not know streaming lists, and never will while this follower lives.
    return start({ ...state, by: 'pages' })
  }
  if (isExpired(error) || isGone(error)) return state.failures === 0 ? restart(state) : wait(state)
  // A server that is behind what was seen of another one can only be asked for what it has.
  if (hasCause(error, 'ResourceVersionTooLarge')) return wait(state)
  return wait(state, state.phase === 'watching' ? state.resourceVersion : undefined)
}

function restart<T>(state: ListWatchState<T>): ListWatchStep<T> {
  return start({ by: state.by, failures: state.failures + 1, phase: 'idle' })
}

function onWaited<T>(state: ListWatchState<T>): ListWatchStep<T> {
  if (state.phase !== 'waiting') return { state }
  const { by, failures, resume } = state
  if (resume === undefined) return start(state)
  return {
    state: { by, failures, phase: 'watching', resourceVersion: resume },
    ask: { type: 'watch', resourceVersion: resume },
  }
}

function wait<T>({ by, failures }: ListWatchState<T>, resume?: string): ListWatchStep<T> {
  return {
    state: {
      by,
      failures: failures + 1,
      phase: 'waiting',
      ...(resume !== undefined && { resume }),
    },
    ask: { type: 'wait', failures: failures + 1 },
  }
}
