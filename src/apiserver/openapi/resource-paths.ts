import { DeleteOptions } from '../../api/meta/v1/options.ts'
import { Patch } from '../../api/meta/v1/common.ts'
import { Status } from '../../api/meta/v1/status.ts'
import { apiVersionOf, type ResourceClass } from '../../schema/resource.ts'
import { returnsDeleted } from '../registry/returns-deleted.ts'
import { ANY_TYPE, OBJECT_TYPES, patchTypes, WATCHED_TYPES } from './media-types.ts'
import { operationId, tagOf } from './names.ts'
import type { Operation, PathItem } from './operation.ts'
import { DELETE, DELETE_COLLECTION, LIST, PATCH, placeParameters, WRITE } from './parameters.ts'
import { subresourcePaths } from './subresource-paths.ts'
import { watchPaths } from './watch-paths.ts'

/** `/api/v1`, `/apis/apps/v1`. */
export function prefixOf(of: { readonly group: string; readonly version: string }): string {
  return `${of.group === '' ? '/api' : '/apis'}/${apiVersionOf(of)}`
}

/** All paths of a kind. */
export function resourcePaths(type: ResourceClass): readonly PathItem[] {
  const { plural, namespaced } = type.resource
  const prefix = prefixOf(type.resource)
  const collection = `${prefix}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
  const object = `${collection}/{name}`
  const all: PathItem[] = [
    { path: collection, operations: collectionOperations(type) },
    { path: object, operations: objectOperations(type) },
    ...(namespaced ? [{ path: `${prefix}/${plural}`, operations: listOfAll(type) }] : []),
    ...subresourcePaths(type, object),
    ...watchPaths(type, prefix),
  ]
  return all.filter(({ operations }) => operations.length > 0)
}

/** What all operations on a kind tell. */
function common({ resource }: ResourceClass) {
  const { group, version, kind } = resource
  return { tag: tagOf(resource), kind: { group, version, kind }, produces: OBJECT_TYPES }
}

function collectionOperations(type: ResourceClass): readonly Operation[] {
  const { resource, list } = type
  const { namespaced, kind } = resource
  const has = (verb: string): boolean => resource.verbs.includes(verb)
  const scope = namespaced ? 'Namespaced' : ''
  const place = placeParameters(type, { named: false, namespaced })
  return [
    has('deletecollection') && {
      ...common(type),
      method: 'delete' as const,
      id: operationId('delete', resource, `Collection${scope}${kind}`),
      description: `delete collection of ${kind}`,
      parameters: [...DELETE_COLLECTION, ...place],
      body: { schema: DeleteOptions, required: false, types: ANY_TYPE },
      responses: [{ code: 200 as const, schema: Status }],
      action: 'deletecollection' as const,
    },
    has('list') && {
      ...common(type),
      method: 'get' as const,
      id: operationId('list', resource, `${scope}${kind}`),
      description: listDescription(type),
      parameters: [...LIST, ...place],
      responses: [{ code: 200 as const, schema: list }],
      produces: listTypes(type),
      action: 'list' as const,
    },
    has('create') && {
      ...common(type),
      method: 'post' as const,
      id: operationId('create', resource, `${scope}${kind}`),
      description: `create ${article(kind)} ${kind}`,
      parameters: [...WRITE, ...place],
      body: { schema: type, required: true, types: ANY_TYPE },
      responses: ([200, 201, 202] as const).map((code) => ({ code, schema: type })),
      action: 'post' as const,
    },
  ].filter((each) => each !== false)
}

function listOfAll(type: ResourceClass): readonly Operation[] {
  const { resource, list } = type
  if (!resource.verbs.includes('list')) return []
  return [
    {
      ...common(type),
      method: 'get',
      id: operationId('list', resource, `${resource.kind}ForAllNamespaces`),
      description: listDescription(type),
      parameters: [...LIST, ...placeParameters(type, { named: false, namespaced: false })],
      responses: [{ code: 200, schema: list }],
      produces: listTypes(type),
      action: 'list',
    },
  ]
}

function objectOperations(type: ResourceClass): readonly Operation[] {
  const { resource } = type
  const { kind, namespaced } = resource
  const name = `${namespaced ? 'Namespaced' : ''}${kind}`
  const place = placeParameters(type, { named: true, namespaced })
  const deleted = returnsDeleted(resource) ? type : Status
  const operations: readonly (Operation & { readonly verb: string })[] = [
    {
      ...common(type),
      verb: 'delete',
      method: 'delete',
      id: operationId('delete', resource, name),
      description: `delete ${article(kind)} ${kind}`,
      parameters: [...DELETE, ...place],
      body: { schema: DeleteOptions, required: false, types: ANY_TYPE },
      responses: ([200, 202] as const).map((code) => ({ code, schema: deleted })),
      action: 'delete',
    },
    {
      ...common(type),
      verb: 'get',
      method: 'get',
      id: operationId('read', resource, name),
      description: `read the specified ${kind}`,
      parameters: place,
      responses: [{ code: 200, schema: type }],
      action: 'get',
    },
    {
      ...common(type),
      verb: 'patch',
      method: 'patch',
      id: operationId('patch', resource, name),
      description: `partially update the specified ${kind}`,
      parameters: [...PATCH, ...place],
      body: { schema: Patch, required: true, types: patchTypes(type) },
      responses: ([200, 201] as const).map((code) => ({ code, schema: type })),
      action: 'patch',
    },
    {
      ...common(type),
      verb: 'update',
      method: 'put',
      id: operationId('replace', resource, name),
      description: `replace the specified ${kind}`,
      parameters: [...WRITE, ...place],
      body: { schema: type, required: true, types: ANY_TYPE },
      responses: ([200, 201] as const).map((code) => ({ code, schema: type })),
      action: 'put',
    },
  ]
  return operations.filter(({ verb }) => resource.verbs.includes(verb))
}

function listDescription({ resource }: ResourceClass): string {
  const watch = resource.verbs.includes('watch') ? ' or watch' : ''
  return `list${watch} objects of kind ${resource.kind}`
}

function listTypes({ resource }: ResourceClass): readonly string[] {
  return resource.verbs.includes('watch') ? WATCHED_TYPES : OBJECT_TYPES
}

function article(kind: string): string {
  return /^[AEIOU]/.test(kind) ? 'an' : 'a'
}
