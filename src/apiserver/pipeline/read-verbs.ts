import { linkedAbort } from '../../base/async.ts'
import { randomInt } from '../../base/random.ts'
import { listObjects } from '../registry/list.ts'
import { selectionOf } from '../registry/selection.ts'
import { watchObjects } from '../registry/watch.ts'
import type { VerbHandler } from './dispatch.ts'
import { readRequested } from './read-requested.ts'

const WATCH_SECONDS_MIN = 1800 // Clients that do not say how long they want to watch begin anew after this to twice this.

const get: VerbHandler = async (kind, { request }) => {
  const object = await readRequested(kind, request)
  return { type: 'object', code: 200, object, kind }
}

const list: VerbHandler = async (kind, { request }) => {
  const { options = {} } = request
  const selection = selectionOf(kind.resource, { ...options, ...request }, kind)
  return { type: 'list', list: await listObjects(kind.resource, selection, options), kind }
}

const watch: VerbHandler = async (kind, { request, caller, onBegun }, env) => {
  const { clock, random, watchSecondsMin = WATCH_SECONDS_MIN } = env
  const { options = {} } = request
  const selection = selectionOf(kind.resource, { ...options, ...request }, kind)
  const seconds = options.timeoutSeconds || watchSecondsMin + randomInt(random, watchSecondsMin)
  // Unlike one of AbortSignal.any(), its signal costs nothing to ask, as each change that is told does.
  using begun = new DisposableStack()
  const end = begun.use(linkedAbort(caller.signal))
  const endsInMs = seconds * 1000
  begun.use(clock.after(endsInMs, () => end.abort()))
  const cutOff = new AbortController()
  const hooks = { endsInMs, onCutOff: () => cutOff.abort(), ...(onBegun && { onBegun }) }
  const batches = await watchObjects(kind.resource, selection, options, end.signal, hooks)
  return { type: 'watch', batches: endingWith(batches, begun.move()), cutOff: cutOff.signal, kind }
}

async function* endingWith<T>(items: AsyncGenerator<T>, held: Disposable): AsyncGenerator<T> {
  using _ = held
  yield* items
}

export const readVerbs = { get, list, watch }
