import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../base/async-eventually.node.ts'
import {
  nodeUser,
  startSecureTestServer,
  type SecureTestServer,
} from '../../testing-secure.node.ts'
import { statusWith } from '../../testing.node.ts'

const container = {
  name: 'c',
  image: 'i',
  env: [{ name: 'e', valueFrom: { configMapKeyRef: { name: 'env-map', key: 'k' } } }],
}

/** A server with two nodes, a Pod on `a` and all that it refers to. */
async function setUp(): Promise<SecureTestServer> {
  const api = await startSecureTestServer()
  for (const name of ['a', 'b']) {
    await api.calls('v1', 'nodes').create({ metadata: { name } })
  }
  for (const name of ['default', 'idle']) {
    await api.calls('v1', 'serviceaccounts', 'default').create({ metadata: { name } })
  }
  for (const name of ['vol', 'pull', 'csi', 'idle']) {
    await api.calls('v1', 'secrets', 'default').create({ metadata: { name } })
  }
  for (const name of ['env-map', 'kube-root-ca.crt', 'idle']) {
    await api.calls('v1', 'configmaps', 'default').create({ metadata: { name } })
  }
  const accessModes = ['ReadWriteOnce']
  await api.calls('v1', 'persistentvolumes').create({
    metadata: { name: 'pv' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes,
      claimRef: { namespace: 'default', name: 'claim' },
      csi: {
        driver: 'd',
        volumeHandle: 'h',
        nodePublishSecretRef: { namespace: 'default', name: 'csi' },
      },
    },
  })
  await api.calls('v1', 'persistentvolumeclaims', 'default').create({
    metadata: { name: 'claim' },
    spec: { accessModes, volumeName: 'pv', resources: { requests: { storage: '1Gi' } } },
  })
  await api.calls('v1', 'pods', 'default').create({
    metadata: { name: 'p' },
    spec: {
      nodeName: 'a',
      containers: [container],
      imagePullSecrets: [{ name: 'pull' }],
      volumes: [
        { name: 's', secret: { secretName: 'vol' } },
        { name: 'v', persistentVolumeClaim: { claimName: 'claim' } },
      ],
    },
  })
  const seesPod = (): Promise<boolean> =>
    api
      .calls('v1', 'pods', 'default', nodeUser('a'))
      .get('p')
      .then(
        () => true,
        () => false,
      )
  await eventually(seesPod)
  return api
}

test('a node reads what its Pods refer to, and no other node does', async () => {
  await using api = await setUp()
  const reads = async (
    node: string,
    resource: string,
    name: string,
    namespace?: string,
  ): Promise<boolean> =>
    api
      .calls('v1', resource, namespace, nodeUser(node))
      .get(name)
      .then(
        () => true,
        () => false,
      )
  const needed = [
    ['secrets', 'vol', 'default'],
    ['secrets', 'pull', 'default'],
    ['secrets', 'csi', 'default'],
    ['configmaps', 'env-map', 'default'],
    ['configmaps', 'kube-root-ca.crt', 'default'],
    ['persistentvolumeclaims', 'claim', 'default'],
    ['persistentvolumes', 'pv', undefined],
    ['serviceaccounts', 'default', 'default'],
    ['pods', 'p', 'default'],
  ] as const
  for (const [resource, name, namespace] of needed) {
    assert.equal(await reads('a', resource, name, namespace), true, `a ${resource}/${name}`)
    assert.equal(await reads('b', resource, name, namespace), false, `b ${resource}/${name}`)
  }
  for (const resource of ['secrets', 'configmaps', 'serviceaccounts']) {
    assert.equal(await reads('a', resource, 'idle', 'default'), false, `a ${resource}/idle`)
  }
})

test('a node is told why not', async () => {
  await using api = await setUp()
  const as = (
    resource: string,
    namespace?: string,
    groupVersion = 'v1',
  ): ReturnType<typeof api.calls> => api.calls(groupVersion, resource, namespace, nodeUser('a'))
  const reasons: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [
      as('secrets', 'default').get('idle'),
      /: no relationship found between node 'a' and this object$/,
    ],
    [as('secrets', 'default').list(), /: No Object name found$/],
    [as('secrets', 'default').delete('vol'), /: can only read resources of this type$/],
    [as('secrets').list(), /: can only read namespaced object of this type$/],
    [as('nodes').get('b'), /: node 'a' cannot read 'b', only its own Node object$/],
    [as('nodes').list(), /: node 'a' cannot read all nodes, only its own Node object$/],
    [as('pods').list(), /: can only list\/watch pods with spec.nodeName field selector$/],
    [
      as('leases', 'default', 'coordination.k8s.io/v1').get('a'),
      /: can only access leases in the "kube-node-lease" system namespace$/,
    ],
    [
      as('leases', 'kube-node-lease', 'coordination.k8s.io/v1').get('b'),
      /: can only access node lease with the same name as the requesting node$/,
    ],
    [
      as('csinodes', undefined, 'storage.k8s.io/v1').get('b'),
      /: can only access CSINode with the same name as the requesting node$/,
    ],
    [
      as('serviceaccounts', 'default').create({}, { name: 'idle', subresource: 'token' }),
      /: no relationship found/,
    ],
    [as('deployments', 'default', 'apps/v1').list(), /in the namespace "default"$/],
  ]
  for (const [refused, message] of reasons) {
    await assert.rejects(refused, statusWith({ code: 403, message }))
  }
})

test('a node has its own node, lease and Pods', async () => {
  await using api = await setUp()
  const as = (
    resource: string,
    namespace?: string,
    groupVersion = 'v1',
  ): ReturnType<typeof api.calls> => api.calls(groupVersion, resource, namespace, nodeUser('a'))
  await as('nodes').get('a')
  const pods = await as('pods').list({ fieldSelector: 'spec.nodeName=a' })
  assert.equal(pods.items.length, 1)
  const leases = as('leases', 'kube-node-lease', 'coordination.k8s.io/v1')
  await leases.create({ metadata: { name: 'a' }, spec: { holderIdentity: 'a' } })
  await leases.get('a')
  await as('services').list()
  await as('csidrivers', undefined, 'storage.k8s.io/v1').list()
})

test('a user with a node for a name needs its group, and the group a name', async () => {
  await using api = await setUp()
  const alone = api.calls('v1', 'nodes', undefined, { name: 'system:node:a', groups: [] })
  await assert.rejects(alone.get('a'), statusWith({ code: 403, message: /at the cluster scope$/ }))
  const nameless = api.calls('v1', 'nodes', undefined, {
    name: 'system:node:',
    groups: ['system:nodes'],
  })
  await assert.rejects(
    nameless.get('a'),
    statusWith({ code: 403, message: /: unknown node for user "system:node:"$/ }),
  )
})

test('a node asks for certificates of Pods, and follows its own requests', async () => {
  await using api = await startSecureTestServer()
  const reviews = api.calls('authorization.k8s.io/v1', 'subjectaccessreviews')
  const { name: user, groups } = nodeUser('a')
  const may = async (verb: string, more: object = {}): Promise<boolean> => {
    const group = 'certificates.k8s.io'
    const resourceAttributes = { group, resource: 'podcertificaterequests', verb, ...more }
    const { status } = await reviews.create({ spec: { user, groups, resourceAttributes } })
    return (status as { readonly allowed: boolean }).allowed
  }
  const of = (node: string): object => ({
    fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: [node] }] },
  })
  assert.equal(await may('create'), true)
  assert.equal(await may('list', of('a')), true)
  for (const [verb, more] of [
    ['list', {}],
    ['watch', of('b')],
    ['get', { name: 'x' }],
    ['delete', { name: 'x' }],
    ['create', { subresource: 'status' }],
  ] as const)
    assert.equal(await may(verb, more), false, verb)
})
