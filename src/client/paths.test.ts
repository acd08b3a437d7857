import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { httpRequest } from './paths.ts'
import type { ApiRequest } from './request.ts'

const deployments = { group: 'apps', version: 'v1', resource: 'deployments' } as const
const pods = { group: '', version: 'v1', resource: 'pods' } as const

const CASES: readonly (readonly [ApiRequest, string, string])[] = [
  [{ verb: 'get', ...pods, namespace: 'a', name: 'p' }, 'GET', '/api/v1/namespaces/a/pods/p'],
  [{ verb: 'list', ...pods }, 'GET', '/api/v1/pods'],
  [
    {
      verb: 'list',
      ...deployments,
      namespace: 'a',
      options: { limit: 5, labelSelector: 'x in (a,b)' },
    },
    'GET',
    '/apis/apps/v1/namespaces/a/deployments?labelSelector=x+in+%28a%2Cb%29&limit=5',
  ],
  [
    { verb: 'watch', ...pods, options: { resourceVersion: '7', allowWatchBookmarks: true } },
    'GET',
    '/api/v1/pods?watch=true&resourceVersion=7&allowWatchBookmarks=true',
  ],
  [
    { verb: 'create', ...pods, namespace: 'a', options: { dryRun: ['All'] }, body: {} },
    'POST',
    '/api/v1/namespaces/a/pods?dryRun=All',
  ],
  [
    { verb: 'update', ...deployments, namespace: 'a', name: 'd', subresource: 'status', body: {} },
    'PUT',
    '/apis/apps/v1/namespaces/a/deployments/d/status',
  ],
  [{ verb: 'delete', ...pods, namespace: 'a', name: 'p' }, 'DELETE', '/api/v1/namespaces/a/pods/p'],
  [{ verb: 'deletecollection', ...pods, namespace: 'a' }, 'DELETE', '/api/v1/namespaces/a/pods'],
  [
    {
      verb: 'get',
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      resource: 'clusterroles',
      name: 'system:node',
    },
    'GET',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
  ],
]

test('httpRequest() spells every verb as the API has it', () => {
  for (const [request, method, path] of CASES) {
    const http = httpRequest(request)
    assert.deepEqual([http.method, http.path], [method, path])
  }
})

test('httpRequest() names the media type of a patch', () => {
  const patch = { verb: 'patch', ...pods, namespace: 'a', name: 'p', body: [] } as const
  const types = (['json', 'merge', 'strategic', 'apply'] as const).map(
    (patchType) => httpRequest({ ...patch, patchType }).contentType,
  )
  assert.deepEqual(types, [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/strategic-merge-patch+json',
    'application/apply-patch+yaml',
  ])
})
