import { badRequest, notFound, resourceExpired } from '../../apimachinery/status-error.ts'
import type { Clock } from '../../base/clock.ts'
import type { PointInTime } from '../../client/point-in-time.ts'
import type { ApiRequest, RequestOptions, Verb } from '../../client/request.ts'
import { CompactedError, type Store } from '../../storage/store.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import { readVerbs } from '../pipeline/read-verbs.ts'

const getPast: VerbHandler = async (kind, call, env) => {
  const answer = await listPast(kind, call, env)
  if (answer.type !== 'list') return answer
  const { list, ...rest } = answer
  const [object] = list.items
  if (!object) throw notFound(kind.type, call.request.name ?? '')
  return { ...rest, type: 'object', code: 200, object }
}

/** Reads what was then. The next pages of a list carry their revision in the token. */
const listPast: VerbHandler = async (kind, call, env) => {
  const { options = {}, at } = call.request
  const { resourceVersion: _, resourceVersionMatch: __, ...rest } = options
  const exact: RequestOptions = options.continue
    ? rest
    : {
        ...rest,
        resourceVersion: String(await revisionOf(at!, env)),
        resourceVersionMatch: 'Exact',
      }
  const answer = await readVerbs.list(
    kind,
    { ...call, request: { ...call.request, options: exact } },
    env,
  )
  return answer.type === 'list' ? { ...answer, moment: () => momentOf(at!, env) } : answer
}

/** All changes since then, on into the present. */
const watchPast: VerbHandler = async (kind, call, env) => {
  const { options = {}, at } = call.request
  if (options.sendInitialEvents) throw badRequest('a watch of the past cannot send initial events')
  const revision = await revisionOf(at!, env)
  const { resourceVersionMatch: _, resourceVersion = '', ...rest } = options
  const from =
    resourceVersion === '' || resourceVersion === '0' ? String(revision) : resourceVersion
  const request: ApiRequest = { ...call.request, options: { ...rest, resourceVersion: from } }
  return readVerbs.watch(kind, { ...call, request }, env)
}

/** What can be asked of the past: nothing can be changed there, and nothing be connected to. */
export const pastVerbs: { readonly [verb in Verb]?: VerbHandler } = {
  get: getPast,
  list: listPast,
  watch: watchPast,
}

/** The revision to read. Throws `BadRequest` where it is yet to come, and `Expired` where it is forgotten. */
async function revisionOf(
  at: PointInTime,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<number> {
  const newest = await store.revision()
  if ('revision' in at) {
    if (at.revision <= newest) return Math.max(1, at.revision)
    throw badRequest(`revision ${at.revision} is yet to come: the newest is ${newest}`)
  }
  const timeMs = 'timeMs' in at ? at.timeMs : clock.now() - at.agoMs
  const time = new Date(timeMs).toISOString()
  if (timeMs > clock.now()) throw badRequest(`${time} is yet to come`)
  try {
    return await store.revisionAt(timeMs)
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error
    throw resourceExpired(
      `${time} lies before the history that is kept: the oldest revision is ${error.compactedRevision}`,
    )
  }
}

/** When it was that is read: for a revision, when it was written, as far as the store knows. */
async function momentOf(
  at: PointInTime,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<number> {
  if ('timeMs' in at) return at.timeMs
  if ('agoMs' in at) return clock.now() - at.agoMs
  const isWritten = (timeMs: number): Promise<boolean> =>
    store.revisionAt(timeMs).then(
      (revision) => revision >= at.revision,
      (error: unknown) => {
        if (error instanceof CompactedError) return false // What was then is forgotten.
        throw error
      },
    )
  // Stores tell the revision of a time, so that the time of a revision is searched for.
  let [before, after] = [0, clock.now()]
  while (before < after) {
    const middle = Math.floor((before + after) / 2)
    if (await isWritten(middle)) after = middle
    else before = middle + 1
  }
  return after
}
