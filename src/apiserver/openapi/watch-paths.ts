import { WatchEvent } from '../../api/meta/v1/watch-event.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { WATCHED_TYPES } from './media-types.ts'
import { operationId, tagOf } from './names.ts'
import type { Operation, PathItem } from './operation.ts'
import { LIST, placeParameters } from './parameters.ts'

/** The old paths for watching, which say `watch` in front instead of in the query. */
export function watchPaths(type: ResourceClass, prefix: string): readonly PathItem[] {
  const { plural, namespaced, kind, verbs } = type.resource
  if (!verbs.includes('watch')) return []
  const within = namespaced ? '/namespaces/{namespace}' : ''
  const scope = namespaced ? 'Namespaced' : ''
  const collection = `${prefix}/watch${within}/${plural}`
  const all = `${prefix}/watch/${plural}`
  const place = { named: false, namespaced }
  return [
    { path: collection, operations: [watchOperation(type, `${scope}${kind}List`, place)] },
    {
      path: `${collection}/{name}`,
      operations: [watchOperation(type, `${scope}${kind}`, { ...place, named: true })],
    },
    ...(namespaced
      ? [{ path: all, operations: [watchOperation(type, `${kind}ListForAllNamespaces`, NOWHERE)] }]
      : []),
  ]
}

const NOWHERE = { named: false, namespaced: false }

function watchOperation(
  type: ResourceClass,
  name: string,
  place: Parameters<typeof placeParameters>[1],
): Operation {
  const { resource } = type
  const { group, version, kind } = resource
  const what = place.named ? `an object of kind ${kind}` : `individual changes to a list of ${kind}`
  return {
    tag: tagOf(resource),
    kind: { group, version, kind },
    method: 'get',
    id: operationId('watch', resource, name),
    description: `watch ${what}. deprecated: use the 'watch' parameter with a list operation instead${
      place.named ? ", filtered to a single item with the 'fieldSelector' parameter" : ''
    }.`,
    parameters: [...LIST, ...placeParameters(type, place)],
    responses: [{ code: 200, schema: WatchEvent }],
    produces: WATCHED_TYPES,
    action: place.named ? 'watch' : 'watchlist',
  }
}
