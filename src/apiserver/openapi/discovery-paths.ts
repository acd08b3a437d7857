import {
  APIGroup,
  APIGroupList,
  APIResourceList,
  APIVersions,
} from '../../api/meta/v1/discovery.ts'
import { apiVersionOf } from '../../schema/resource.ts'
import type { MessageClass } from '../../schema/message.ts'
import { OBJECT_TYPES } from './media-types.ts'
import { groupOperationId, groupTag, operationId, tagOf } from './names.ts'
import type { PathItem } from './operation.ts'

/** The paths that tell what there is: of the server, of a group, of a version. */
export function rootPath(of: 'api' | 'apis'): PathItem {
  return of === 'api'
    ? path('/api/', 'core', 'getCoreAPIVersions', 'get available API versions', APIVersions)
    : path('/apis/', 'apis', 'getAPIVersions', 'get available API versions', APIGroupList)
}

export function groupPath(group: string): PathItem {
  const id = groupOperationId('get', group, 'APIGroup')
  return path(`/apis/${group}/`, groupTag(group), id, 'get information of a group', APIGroup)
}

export function versionPath(of: { readonly group: string; readonly version: string }): PathItem {
  const prefix = `${of.group === '' ? '/api' : '/apis'}/${apiVersionOf(of)}`
  const id = operationId('get', of, 'APIResources')
  return path(`${prefix}/`, tagOf(of), id, 'get available resources', APIResourceList)
}

function path(
  at: string,
  tag: string,
  id: string,
  description: string,
  schema: MessageClass,
): PathItem {
  return {
    path: at,
    operations: [
      {
        method: 'get',
        id,
        description,
        tag,
        parameters: [],
        responses: [{ code: 200, schema }],
        produces: OBJECT_TYPES,
      },
    ],
  }
}
