import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import type { RawWatchEvent } from '../../client/transport.ts'
import type { ApiObject } from '../registry/api-object.ts'
import type { ObjectList } from '../registry/object-list.ts'
import { inVersion, type ServedKind } from '../registry/served-kind.ts'
import type { WatchBookmark, WatchItem } from '../watch-cache/event.ts'
import type { Answer } from './call.ts'

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** The answer as a plain value, for callers in the same process. */
export function valueOf(answer: Exclude<Answer, { type: 'watch' }>): unknown {
  switch (answer.type) {
    case 'object':
      return inVersion(answer.kind, answer.object).object
    case 'list':
      return listValue(answer.kind, answer.list)
    case 'value':
      return answer.value
    case 'status':
      return answer.status
    default:
      return answer satisfies never
  }
}

function listValue(kind: ServedKind, list: ObjectList): object {
  return {
    ...listHead(kind.type, list),
    items: list.items.map((item) => inVersion(kind, item).object),
  }
}

/** A list without its items. */
export function listHead({ resource, list: { name } }: ResourceClass, list: ObjectList): ListHead {
  const { resourceVersion, remainingItemCount } = list
  const metadata = {
    resourceVersion,
    ...(list.continue !== undefined && { continue: list.continue }),
    ...(remainingItemCount !== undefined && { remainingItemCount }),
  }
  return { kind: name, apiVersion: apiVersionOf(resource), metadata }
}

export interface ListHead {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: object
}

/** What a watch tells, as a plain value. */
export function eventValue(kind: ServedKind, item: WatchItem): RawWatchEvent {
  return item.type === 'BOOKMARK'
    ? { type: 'BOOKMARK', object: bookmark(kind.type, item) }
    : { type: item.type, object: inVersion(kind, item.object).object }
}

/** An object of the kind that carries nothing but a resourceVersion. */
export function bookmark({ resource }: ResourceClass, item: WatchBookmark): ApiObject {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(item.revision),
      ...(item.initialEventsEnd && { annotations: { [INITIAL_EVENTS_END]: 'true' } }),
    },
  }
}
