import { randomInt } from '../../base/random.ts'
import { getObject } from '../registry/get.ts'
import { listObjects } from '../registry/list.ts'
import { selectionOf } from '../registry/selection.ts'
import { watchObjects } from '../registry/watch.ts'
import type { VerbHandler } from './dispatch.ts'

const WATCH_SECONDS_MIN = 1800 // Clients that do not say how long they want to watch begin anew after this to twice this.

const get: VerbHandler = async (kind, { request }) => {
  const { namespace = '', name = '', options } = request
  const object = await getObject(kind.resource, namespace, name, options?.resourceVersion)
  return { type: 'object', code: 200, object, kind }
}

const list: VerbHandler = async (kind, { request }) => {
  const { options = {} } = request
  const selection = selectionOf(kind.resource, { ...options, ...request }, kind.strategy)
  return { type: 'list', list: await listObjects(kind.resource, selection, options), kind }
}

const watch: VerbHandler = async (kind, { request, caller, onBegun }, env) => {
  const { clock, random, watchSecondsMin = WATCH_SECONDS_MIN } = env
  const { options = {} } = request
  const selection = selectionOf(kind.resource, { ...options, ...request }, kind.strategy)
  const seconds = options.timeoutSeconds || watchSecondsMin + randomInt(random, watchSecondsMin)
  const timeout = new AbortController()
  const timer = clock.after(seconds * 1000, () => timeout.abort())
  const either = AbortSignal.any([caller.signal, timeout.signal])
  const cutOff = new AbortController()
  const hooks = { onCutOff: () => cutOff.abort(), ...(onBegun && { onBegun }) }
  const batches = await watchObjects(kind.resource, selection, options, either, hooks)
  return { type: 'watch', batches: endingWith(batches, timer), cutOff: cutOff.signal, kind }
}

async function* endingWith<T>(items: AsyncGenerator<T>, timer: Disposable): AsyncGenerator<T> {
  using _ = timer
  yield* items
}

export const readVerbs = { get, list, watch }
