import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../base/async-eventually.node.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import {
  nodeUser,
  startSecureTestServer,
  type SecureTestServer,
} from '../../testing-secure.node.ts'
import { statusWith, type ResourceCalls } from '../../testing.node.ts'

interface Setting extends AsyncDisposable {
  readonly api: SecureTestServer
  readonly node: ApiObject
  readonly pod: ApiObject
  /** Calls as the node `a`. */
  as(resource: string, namespace?: string, groupVersion?: string): ResourceCalls
}

async function setUp(): Promise<Setting> {
  const api = await startSecureTestServer()
  const as: Setting['as'] = (resource, namespace, groupVersion = 'v1') =>
    api.calls(groupVersion, resource, namespace, nodeUser('a'))
  const node = await as('nodes').create({ metadata: { name: 'a' } })
  await api.calls('v1', 'nodes').create({ metadata: { name: 'b' } })
  await api.calls('v1', 'serviceaccounts', 'default').create({ metadata: { name: 'default' } })
  const pods = api.calls('v1', 'pods', 'default')
  const containers = [{ name: 'c', image: 'i' }]
  const pod = await pods.create({ metadata: { name: 'own' }, spec: { nodeName: 'a', containers } })
  await pods.create({ metadata: { name: 'other' }, spec: { nodeName: 'b', containers } })
  await eventually(() =>
    as('pods', 'default')
      .get('own')
      .then(
        () => true,
        () => false,
      ),
  )
  return { api, node, pod, as, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() }
}

const forbidden = (message: string | RegExp): ReturnType<typeof statusWith> =>
  statusWith({ code: 403, message })

test('a node writes its own node, but neither taints nor labels that steer Pods', async () => {
  await using setting = await setUp()
  const nodes = setting.as('nodes')
  await nodes.patch('a', { metadata: { labels: { 'kubernetes.io/os': 'linux', mine: '1' } } })
  await nodes.patch('a', { status: { phase: 'Running' } }, { subresource: 'status' })
  const cases: readonly (readonly [string, object, string])[] = [
    ['b', {}, 'nodes "b" is forbidden: node "a" is not allowed to modify node "b"'],
    [
      'a',
      { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } },
      'nodes "a" is forbidden: node "a" is not allowed to modify taints',
    ],
    [
      'a',
      {
        metadata: {
          labels: { 'node-restriction.kubernetes.io/x': '1', 'node-role.kubernetes.io/x': '1' },
        },
      },
      'nodes "a" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/x, node-role.kubernetes.io/x',
    ],
  ]
  for (const [name, patch, text] of cases) {
    await assert.rejects(nodes.patch(name, patch), forbidden(text))
  }
  const c = setting.api.calls('v1', 'nodes', undefined, nodeUser('c'))
  await assert.rejects(
    c.create({ metadata: { name: 'c', labels: { 'x.k8s.io/y': '1' } } }),
    forbidden(
      'nodes "c" is forbidden: node "c" is not allowed to set the following labels: x.k8s.io/y',
    ),
  )
})

test('a node deletes, evicts and reports on its own Pods', async () => {
  await using setting = await setUp()
  const pods = setting.as('pods', 'default')
  const status = { status: { phase: 'Running' } }
  await pods.patch('own', status, { subresource: 'status' })
  await assert.rejects(
    pods.patch('other', status, { subresource: 'status' }),
    forbidden(
      'pods "other" is forbidden: node "a" can only update pod status for pods with spec.nodeName set to itself',
    ),
  )
  await assert.rejects(
    pods.patch('own', { metadata: { labels: { a: 'b' } } }, { subresource: 'status' }),
    forbidden('pods "own" is forbidden: node "a" cannot update labels through pod status'),
  )
  await assert.rejects(
    pods.delete('other'),
    forbidden(
      'pods "other" is forbidden: node "a" can only delete pods with spec.nodeName set to itself',
    ),
  )
  const eviction = (name: string): Promise<ApiObject> =>
    pods.create({ metadata: { name } }, { name, subresource: 'eviction' })
  await assert.rejects(
    eviction('other'),
    forbidden(
      'pods "other" is forbidden: node a can only evict pods with spec.nodeName set to itself',
    ),
  )
  await eviction('own')
})

test('a node creates mirror Pods of its own, which refer to nothing', async () => {
  await using setting = await setUp()
  const pods = setting.as('pods', 'default')
  const owner = {
    apiVersion: 'v1',
    kind: 'Node',
    name: 'a',
    uid: setting.node.metadata.uid,
    controller: true,
  }
  const metadata = {
    name: 'm',
    annotations: { 'kubernetes.io/config.mirror': 'x' },
    ownerReferences: [owner],
  }
  const spec = { nodeName: 'a', containers: [{ name: 'c', image: 'i' }] }
  const cases: readonly (readonly [object, object, string])[] = [
    [
      { ...metadata, annotations: {} },
      spec,
      'pod does not have "kubernetes.io/config.mirror" annotation, node "a" can only create mirror pods',
    ],
    [
      metadata,
      { ...spec, nodeName: 'b' },
      'node "a" can only create pods with spec.nodeName set to itself',
    ],
    [
      { ...metadata, ownerReferences: [] },
      spec,
      'node "a" can only create pods with an owner reference set to itself',
    ],
    [
      { ...metadata, ownerReferences: [owner, { ...owner, uid: 'x', controller: false }] },
      spec,
      'node "a" can only create pods with a single owner reference set to itself',
    ],
    [
      { ...metadata, ownerReferences: [{ ...owner, controller: false }] },
      spec,
      'node "a" can only create pods with a controller owner reference set to itself',
    ],
    [
      { ...metadata, ownerReferences: [{ ...owner, blockOwnerDeletion: true }] },
      spec,
      'node "a" must not set blockOwnerDeletion on an owner reference',
    ],
    [
      { ...metadata, ownerReferences: [{ ...owner, uid: 'x' }] },
      spec,
      `node a UID mismatch: expected x got ${setting.node.metadata.uid}`,
    ],
    [
      metadata,
      { ...spec, volumes: [{ name: 'v', configMap: { name: 'm' } }] },
      'node "a" can not create pods that reference configmaps',
    ],
  ]
  for (const [meta, body, text] of cases) {
    await assert.rejects(
      pods.create({ metadata: meta, spec: body }),
      forbidden(`pods "m" is forbidden: ${text}`),
    )
  }
  await pods.create({ metadata, spec })
})

test('a node gets tokens for its own Pods, for those the Pod talks to', async () => {
  await using setting = await setUp()
  const accounts = setting.as('serviceaccounts', 'default')
  const ask = (
    reference: object | undefined,
    audiences: readonly string[] = [],
  ): Promise<ApiObject> =>
    accounts.create(
      { spec: { audiences, ...(reference && { boundObjectRef: reference }) } },
      { name: 'default', subresource: 'token' },
    )
  const { uid } = setting.pod.metadata
  const own = { apiVersion: 'v1', kind: 'Pod', name: 'own', uid }
  const other = await setting.api.calls('v1', 'pods', 'default').get('other')
  const cases: readonly (readonly [object | undefined, readonly string[], RegExp])[] = [
    [undefined, [], /node requested token not bound to a pod$/],
    [{ ...own, uid: '' }, [], /node requested token with a pod binding without a uid$/],
    [
      { ...own, uid: 'x' },
      [],
      /the UID in the bound object reference \(x\) does not match the UID in record/,
    ],
    [
      { ...own, name: 'other', uid: other.metadata.uid },
      [],
      /node requested token bound to a pod scheduled on a different node$/,
    ],
    [own, ['vault'], /audience "vault" not found in pod spec volume$/],
    [own, ['a', 'b'], /node may only request 0 or 1 audiences$/],
  ]
  for (const [reference, audiences, text] of cases) {
    await assert.rejects(ask(reference, audiences), forbidden(text))
  }
  const request = await ask(own)
  assert.ok((request['status'] as { token: string }).token)
})

test('a node creates its own lease and CSINode', async () => {
  await using setting = await setUp()
  const leases = setting.as('leases', 'kube-node-lease', 'coordination.k8s.io/v1')
  await assert.rejects(
    leases.create({ metadata: { name: 'b' } }),
    forbidden(
      'leases.coordination.k8s.io "b" is forbidden: can only access node lease with the same name as the requesting node',
    ),
  )
  const csiNodes = setting.as('csinodes', undefined, 'storage.k8s.io/v1')
  await assert.rejects(
    csiNodes.create({ metadata: { name: 'b' }, spec: { drivers: [] } }),
    forbidden(/can only access CSINode with the same name as the requesting node$/),
  )
  await csiNodes.create({ metadata: { name: 'a' }, spec: { drivers: [] } })
})
