import type { Clock } from '../../../base/clock.ts'
import type { Client } from '../../../client/client.ts'
import type { AnyObject } from '../../../client/dynamic-class.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import { withoutBookkeeping } from '../without-bookkeeping.ts'
import { ACTION_VERSION, type Action } from './action.ts'
import { mergeDiff } from './merge-diff.ts'

export interface RecordOptions {
  readonly client: Client
  readonly clock: Clock
  readonly types: readonly ResourceClass<AnyObject>[]
  /** Ends the recording. */
  readonly signal: AbortSignal
  readonly write: (action: Action) => void
}

/** What is not recorded: secrets are not to lie in files, and the others only say that all goes on. */
const LEFT_OUT = new Set(['secrets', 'events', 'leases', 'componentstatuses'])

/** Writes down all objects, and then what becomes of them, until the signal aborts. */
export async function record(options: RecordOptions): Promise<void> {
  const { clock, types } = options
  const startMs = clock.monotonic()
  const elapsed = (): number => Math.round((clock.monotonic() - startMs) * 1e6)
  const recorded = types.filter(({ resource }) => !LEFT_OUT.has(resource.plural))
  const lists = await Promise.all(
    recorded.map(async (type) => ({ type, list: await options.client.list(type) })),
  )
  for (const { type, list } of lists)
    for (const object of list.items) options.write(creation(type, object, 0))
  await Promise.all(
    lists.map(({ type, list }) =>
      follow(options, type, list, elapsed).catch((error: unknown) => {
        if (!options.signal.aborted) throw error
      }),
    ),
  )
}

async function follow(
  { client, write, signal }: RecordOptions,
  type: ResourceClass<AnyObject>,
  list: { readonly items: readonly AnyObject[]; readonly resourceVersion: string },
  elapsed: () => number,
): Promise<void> {
  const known = new Map(list.items.map((object) => [object.metadata.uid, object]))
  let { resourceVersion } = list
  while (!signal.aborted) {
    for await (const event of client.watch(type, { resourceVersion, signal })) {
      if (event.type === 'BOOKMARK') {
        resourceVersion = event.resourceVersion
        continue
      }
      const { object } = event
      const { uid } = object.metadata
      resourceVersion = object.metadata.resourceVersion
      const before = known.get(uid)
      if (event.type === 'DELETED') {
        known.delete(uid)
        write(action(type, object, elapsed(), { method: 'delete' }))
      } else {
        known.set(uid, object)
        write(before ? patchOf(type, before, object, elapsed()) : creation(type, object, elapsed()))
      }
    }
  }
}

function creation(type: ResourceClass<AnyObject>, object: AnyObject, atNs: number): Action {
  return action(type, object, atNs, { method: 'create', template: withoutBookkeeping(object) })
}

function patchOf(
  type: ResourceClass<AnyObject>,
  before: AnyObject,
  after: AnyObject,
  atNs: number,
): Action {
  const template = mergeDiff(withoutBookkeeping(before), withoutBookkeeping(after))
  return action(type, after, atNs, { method: 'patch', patchType: 'merge', template })
}

function action(
  { resource: { group, version, plural } }: ResourceClass<AnyObject>,
  { metadata: { name, namespace } }: AnyObject,
  durationNanosecond: number,
  rest: Pick<Action, 'method' | 'template' | 'patchType'>,
): Action {
  return {
    apiVersion: ACTION_VERSION,
    kind: 'ResourcePatch',
    resource: { ...(group !== '' && { group }), version, resource: plural },
    target: { name, ...(namespace !== undefined && { namespace }) },
    durationNanosecond,
    ...rest,
  }
}
