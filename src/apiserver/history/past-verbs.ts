import { badRequest, notFound, resourceExpired } from '../../apimachinery/status-error.ts'
import type { Clock } from '../../base/clock.ts'
import type { PointInTime } from '../../client/point-in-time.ts'
import type { ApiRequest, RequestOptions, Verb } from '../../client/request.ts'
import { CompactedError, type Store } from '../../storage/store.ts'
import type { VerbHandler } from '../pipeline/dispatch.ts'
import { readVerbs } from '../pipeline/read-verbs.ts'

const getPast: VerbHandler = async (kind, call, env) => {
  const { name = '' } = call.request
  const answer = await listPast(kind, call, env)
  const object = answer.type === 'list' ? answer.list.items[0] : undefined
  if (!object) throw notFound(kind.type, name)
  return { type: 'object', code: 200, object, kind }
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
  return readVerbs.list(kind, { ...call, request: { ...call.request, options: exact } }, env)
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
