import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { createCertificateRequest } from '../../src/pki/create-certificate-request.ts'
import { DEFAULT_ISSUER, serviceAccountTokens } from '../../src/pki/service-account-tokens.ts'
import { testPki } from '../../src/serving/testing.node.ts'
import { target, type Identity, type Sent, type Target } from './attacker.node.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const CSR = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const GROUP = 'rbac.authorization.k8s.io'
const DEV = '/api/v1/namespaces/dev'
const crypto = nodeCrypto()

/** Who attacks, beside the nodes and those who have nothing. */
interface World {
  readonly target: Target
  readonly jane: Identity
  readonly viewer: Identity
  readonly nsAdmin: Identity
  /** May write roles and bindings, but neither escalate nor bind. */
  readonly binder: Identity
  /** May impersonate the user bob, and nobody else. */
  readonly impersonator: Identity
  /** May make and change certificate requests, but approve for no signer. */
  readonly requester: Identity
  readonly nodeA: Identity
}

async function makeWorld(t: { after: (act: () => unknown) => void }): Promise<World> {
  const made = await target(t)
  const { api, as } = made
  for (const name of ['dev', 'other']) {
    await api.calls('v1', 'namespaces').create({ metadata: { name } })
  }
  const role = (name: string, rules: readonly object[]) =>
    api.calls(`${GROUP}/v1`, 'clusterroles').create({ metadata: { name }, rules })
  const bind = (user: string, roleName: string, namespace?: string) =>
    api
      .calls(
        `${GROUP}/v1`,
        namespace === undefined ? 'clusterrolebindings' : 'rolebindings',
        namespace,
      )
      .create({
        metadata: { name: `${user}-${roleName}` },
        roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: roleName },
        subjects: [{ kind: 'User', apiGroup: GROUP, name: user }],
      })
  const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
  const rbac = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings']
  await role('reader', [
    {
      apiGroups: [''],
      resources: ['pods', 'services', 'configmaps'],
      verbs: ['get', 'list', 'watch'],
    },
  ])
  await role('binder', [
    { apiGroups: [GROUP], resources: rbac, verbs: all },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get'], resourceNames: ['one'] },
  ])
  await role('impersonator', [
    { apiGroups: [''], resources: ['users'], resourceNames: ['bob'], verbs: ['impersonate'] },
    {
      apiGroups: ['authentication.k8s.io'],
      resources: ['users', 'groups', 'uids', 'userextras'],
      verbs: ['impersonate:user-info'],
    },
    { apiGroups: ['*'], resources: ['*'], verbs: ['impersonate-on:user-info:list'] },
  ])
  await role('requester', [
    {
      apiGroups: ['certificates.k8s.io'],
      resources: [
        'certificatesigningrequests',
        'certificatesigningrequests/approval',
        'certificatesigningrequests/status',
      ],
      verbs: all,
    },
  ])
  await role('ns-admin', [
    { apiGroups: [''], resources: ['pods', 'configmaps', 'serviceaccounts'], verbs: all },
    { apiGroups: [GROUP], resources: ['roles', 'rolebindings'], verbs: all },
  ])
  await bind('viewer', 'reader', 'dev')
  await bind('ns-admin', 'ns-admin', 'dev')
  await bind('binder', 'binder')
  await bind('impersonator', 'impersonator')
  await bind('requester', 'requester')
  await furnish(made)
  return {
    target: made,
    jane: as('jane'),
    viewer: as('viewer'),
    nsAdmin: as('ns-admin'),
    binder: as('binder'),
    impersonator: as('impersonator'),
    requester: as('requester'),
    nodeA: as('system:node:a', ['system:nodes']),
  }
}

/** Two nodes, with a Pod, an account and a Secret each. */
async function furnish({ api }: Target): Promise<void> {
  await api.calls('v1', 'configmaps', 'dev').create({ metadata: { name: 'free' } })
  for (const name of ['a', 'b']) {
    await api.calls('v1', 'nodes').create({ metadata: { name } })
    await api.calls('v1', 'serviceaccounts', 'dev').create({ metadata: { name: `sa-${name}` } })
    await api
      .calls('v1', 'secrets', 'dev')
      .create({ metadata: { name: `secret-${name}` }, stringData: { k: 'v' } })
    const volumes = [{ name: 'v', secret: { secretName: `secret-${name}` } }]
    const pods = api.calls('v1', 'pods', 'dev')
    await pods.create({
      metadata: { name: `pod-${name}` },
      spec: {
        nodeName: name,
        serviceAccountName: `sa-${name}`,
        containers: [{ name: 'c', image: 'i' }],
        volumes,
      },
    })
  }
}

/** Gives the status that it is answered with. */
type Attempt = (world: World) => Promise<number>

/** Attempts by what they are; with the status that they have to be answered with where it is not 403. */
type Attempts = Readonly<Record<string, Attempt | readonly [status: number, attempt: Attempt]>>

function send(who: (world: World) => Identity, method: string, path: string, sent?: Sent): Attempt {
  return async (world) => (await world.target.ask(who(world), method, path, sent)).status
}

const nobody = (): Identity => ({})
const jane = (world: World): Identity => world.jane
const viewer = (world: World): Identity => world.viewer
const nsAdmin = (world: World): Identity => world.nsAdmin
const binder = (world: World): Identity => world.binder
const requester = (world: World): Identity => world.requester
const nodeA = (world: World): Identity => world.nodeA

function impersonating(headers: Sent['headers'], who = jane, path = `${DEV}/secrets`): Attempt {
  return send(who, 'GET', path, { headers: headers! })
}
const impersonator = (world: World): Identity => world.impersonator

const EVERYTHING = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: 'cluster-admin' }
const me = (name: string) => [{ kind: 'User', apiGroup: GROUP, name }]
const merge = 'application/merge-patch+json'

function role(kind: string, name: string, rules: readonly object[], more: object = {}): Sent {
  return { body: { apiVersion: `${GROUP}/v1`, kind, metadata: { name }, rules, ...more } }
}

function binding(kind: string, user: string, ref: object = roleRef): Sent {
  const head = { apiVersion: `${GROUP}/v1`, kind, metadata: { name: 'mine' } }
  return { body: { ...head, roleRef: ref, subjects: me(user) } }
}

const rights: Attempts = {
  'impersonate a superuser without a right to': impersonating({ 'Impersonate-User': 'admin' }),
  'impersonate the superusers’ group': impersonating({
    'Impersonate-User': 'x',
    'Impersonate-Group': 'system:masters',
  }),
  'add a group to whom one may impersonate': impersonating(
    { 'Impersonate-User': 'bob', 'Impersonate-Group': 'system:masters' },
    impersonator,
    `${DEV}/secrets/secret-a`,
  ),
  'add superusers to whom one may impersonate for some requests': impersonating(
    { 'Impersonate-User': 'bob', 'Impersonate-Group': 'system:masters' },
    impersonator,
  ),
  'use a right to impersonate for listing, to delete': send(
    impersonator,
    'DELETE',
    `${DEV}/pods/pod-a`,
    {
      headers: { 'Impersonate-User': 'ns-admin' },
    },
  ),
  'add a UID to whom one may impersonate': send(impersonator, 'GET', `${DEV}/pods/pod-a`, {
    headers: { 'Impersonate-User': 'bob', 'Impersonate-Uid': '1' },
  }),
  'add an extra to whom one may impersonate': send(impersonator, 'GET', `${DEV}/pods/pod-a`, {
    headers: { 'Impersonate-User': 'bob', 'Impersonate-Extra-scopes': 'all' },
  }),
  'impersonate two users at once': impersonating(
    { 'Impersonate-User': ['ns-admin', 'bob'] },
    impersonator,
    `${DEV}/pods/pod-a`,
  ),
  'impersonate a service account as a user': impersonating(
    { 'Impersonate-User': 'system:serviceaccount:dev:sa-a' },
    impersonator,
    `${DEV}/pods/pod-a`,
  ),
  'impersonate a node as a user': impersonating(
    { 'Impersonate-User': 'system:node:b' },
    impersonator,
    `${DEV}/secrets/secret-b`,
  ),
  'impersonate a group without a user': [
    400,
    impersonating({ 'Impersonate-Group': 'system:masters' }),
  ],
  'bind oneself to cluster-admin': send(
    binder,
    'POST',
    `${RBAC}/clusterrolebindings`,
    binding('ClusterRoleBinding', 'binder'),
  ),
  'bind oneself to cluster-admin in a namespace': send(
    nsAdmin,
    'POST',
    `${RBAC}/namespaces/dev/rolebindings`,
    binding('RoleBinding', 'ns-admin'),
  ),
  'make a role that allows everything': send(
    binder,
    'POST',
    `${RBAC}/clusterroles`,
    role('ClusterRole', 'x', EVERYTHING),
  ),
  'make a role that allows every path': send(
    binder,
    'POST',
    `${RBAC}/clusterroles`,
    role('ClusterRole', 'x', [{ nonResourceURLs: ['*'], verbs: ['*'] }]),
  ),
  'make a role for all where one has one by name': send(
    binder,
    'POST',
    `${RBAC}/clusterroles`,
    role('ClusterRole', 'x', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }]),
  ),
  'make a role with another verb on what one has': send(
    binder,
    'POST',
    `${RBAC}/clusterroles`,
    role('ClusterRole', 'x', [
      { apiGroups: [GROUP], resources: ['clusterroles'], verbs: ['escalate'] },
    ]),
  ),
  'make a role with a star over the verbs one has': send(
    binder,
    'POST',
    `${RBAC}/clusterroles`,
    role('ClusterRole', 'x', [{ apiGroups: [GROUP], resources: ['roles'], verbs: ['*'] }]),
  ),
  'make a role that takes over all others': send(
    binder,
    'POST',
    `${RBAC}/clusterroles`,
    role('ClusterRole', 'x', [], {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: {} }] },
    }),
  ),
  'slip rules into view by its label': send(binder, 'POST', `${RBAC}/clusterroles`, {
    body: {
      apiVersion: `${GROUP}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'x', labels: { [`${GROUP}/aggregate-to-view`]: 'true' } },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
    },
  }),
  'add rules to a role that everybody has': send(
    binder,
    'PATCH',
    `${RBAC}/clusterroles/system:basic-user`,
    {
      contentType: merge,
      body: { rules: EVERYTHING },
    },
  ),
  'add rules to one’s own role by a JSON patch': send(
    binder,
    'PATCH',
    `${RBAC}/clusterroles/binder`,
    {
      contentType: 'application/json-patch+json',
      body: [{ op: 'add', path: '/rules/-', value: EVERYTHING[0] }],
    },
  ),
  'add rules to one’s own role by server-side apply': send(
    binder,
    'PATCH',
    `${RBAC}/clusterroles/binder?fieldManager=x&force=true`,
    {
      ...role('ClusterRole', 'binder', EVERYTHING),
      contentType: 'application/apply-patch+yaml',
    },
  ),
  'make a role by server-side apply': send(
    binder,
    'PATCH',
    `${RBAC}/clusterroles/fresh?fieldManager=x`,
    { ...role('ClusterRole', 'fresh', EVERYTHING), contentType: 'application/apply-patch+yaml' },
  ),
  'add oneself to the superusers’ binding': send(
    binder,
    'PATCH',
    `${RBAC}/clusterrolebindings/cluster-admin`,
    {
      contentType: merge,
      body: { subjects: me('binder') },
    },
  ),
  'bind to another role what is bound already': [
    422,
    send(binder, 'PATCH', `${RBAC}/clusterrolebindings/binder-binder`, {
      contentType: merge,
      body: { roleRef },
    }),
  ],
  'bind to a role that is not there yet': [
    404,
    send(
      binder,
      'POST',
      `${RBAC}/clusterrolebindings`,
      binding('ClusterRoleBinding', 'binder', { ...roleRef, name: 'later' }),
    ),
  ],
  'grant in a namespace what one has in another': send(
    nsAdmin,
    'POST',
    `${RBAC}/namespaces/other/roles`,
    role('Role', 'x', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]),
  ),
  'grant the secrets of one’s namespace to oneself': send(
    nsAdmin,
    'POST',
    `${RBAC}/namespaces/dev/roles`,
    role('Role', 'x', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]),
  ),
  'grant a subresource with its resource': send(
    nsAdmin,
    'POST',
    `${RBAC}/namespaces/dev/roles`,
    role('Role', 'x', [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }]),
  ),
  'grant to impersonate': send(
    nsAdmin,
    'POST',
    `${RBAC}/namespaces/dev/roles`,
    role('Role', 'x', [
      { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
    ]),
  ),
  'bind without any right on bindings': send(
    viewer,
    'POST',
    `${RBAC}/namespaces/dev/rolebindings`,
    binding('RoleBinding', 'viewer'),
  ),
  'read Secrets with rights on Pods': send(viewer, 'GET', `${DEV}/secrets`),
  'watch Secrets by the old path': send(viewer, 'GET', '/api/v1/watch/namespaces/dev/secrets'),
  'ask for a token of an account without a right to': send(
    nsAdmin,
    'POST',
    `${DEV}/serviceaccounts/sa-a/token`,
    {
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [] },
      },
    },
  ),
  'have tokens of others judged': send(
    jane,
    'POST',
    '/apis/authentication.k8s.io/v1/tokenreviews',
    {
      body: { spec: { token: 'x' } },
    },
  ),
  'ask what others may do': send(
    jane,
    'POST',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      body: { spec: { user: 'admin', resourceAttributes: { verb: 'get', resource: 'secrets' } } },
    },
  ),
  'open a shell in a Pod with a right to read it': send(
    viewer,
    'GET',
    `${DEV}/pods/pod-a/exec?command=sh`,
  ),
  'open a shell in a Pod by POST': send(viewer, 'POST', `${DEV}/pods/pod-a/exec?command=sh`),
  'attach to a Pod with a right to read it': send(viewer, 'GET', `${DEV}/pods/pod-a/attach`),
  'forward a port of a Pod with a right to read it': send(
    viewer,
    'GET',
    `${DEV}/pods/pod-a/portforward`,
  ),
  'reach a Pod through the proxy with a right to read it': send(
    viewer,
    'GET',
    `${DEV}/pods/pod-a/proxy/`,
  ),
  'reach a Service through the proxy with a right to read it': send(
    viewer,
    'GET',
    `${DEV}/services/x/proxy/`,
  ),
  'reach a kubelet through the proxy': send(
    viewer,
    'GET',
    '/api/v1/nodes/a/proxy/run/dev/pod-a/c?cmd=id',
  ),
  'reach a kubelet through the proxy with a name in disguise': send(
    viewer,
    'GET',
    '/api/v1/nodes/https:a:10250/proxy/pods',
  ),
  'read logs with a right to read Pods': send(viewer, 'GET', `${DEV}/pods/pod-a/log`),
  'put a container into a Pod': send(viewer, 'PATCH', `${DEV}/pods/pod-a/ephemeralcontainers`, {
    contentType: merge,
    body: { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } },
  }),
  'bind a Pod to a node': send(nsAdmin, 'POST', `${DEV}/pods/pod-a/binding`, {
    body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'pod-a' }, target: { name: 'b' } },
  }),
}

function csr(
  subject: { commonName: string; organizations: readonly string[] },
  signerName: string,
): Sent {
  const { privateKey } = crypto.generateKeyPair('ES256')
  const pem = createCertificateRequest(crypto, privateKey, subject)
  return {
    body: {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { generateName: 'x-' },
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName,
        usages: ['digital signature', 'client auth'],
      },
    },
  }
}

/** Makes an honest request, and then does something about it. */
function afterRequest(subresource: string, status: object | ((target: Target) => object)): Attempt {
  return async ({ target: made, requester: who }) => {
    const { ask } = made
    const sent = csr({ commonName: 'x', organizations: [] }, 'kubernetes.io/kube-apiserver-client')
    const request = JSON.parse((await ask(who, 'POST', CSR, sent)).text) as {
      readonly metadata: { readonly name: string }
    }
    const path = `${CSR}/${request.metadata.name}/${subresource}`
    const wanted = typeof status === 'function' ? status(made) : status
    return (await ask(who, 'PUT', path, { body: { ...request, status: wanted } })).status
  }
}

const certificates: Attempts = {
  'ask for a certificate of a superuser': send(
    requester,
    'POST',
    CSR,
    csr(
      { commonName: 'x', organizations: ['system:masters'] },
      'kubernetes.io/kube-apiserver-client',
    ),
  ),
  'ask for a certificate of a superuser among other groups': send(
    requester,
    'POST',
    CSR,
    csr(
      { commonName: 'x', organizations: ['dev', 'system:masters'] },
      'kubernetes.io/kube-apiserver-client',
    ),
  ),
  'approve one’s own request': afterRequest('approval', {
    conditions: [{ type: 'Approved', status: 'True', reason: 'x', message: 'x' }],
  }),
  'sign one’s own request': afterRequest('status', ({ pki }) => ({
    certificate: Buffer.from(pki.admin.certPem).toString('base64'),
  })),
  'ask for a certificate without a right to': send(
    jane,
    'POST',
    CSR,
    csr({ commonName: 'x', organizations: [] }, 'kubernetes.io/kube-apiserver-client'),
  ),
  'show a certificate of another authority': [
    401,
    async ({ target: { as, ask } }) =>
      (await ask(as('admin', ['system:masters'], testPki().ca), 'GET', '/api/v1/secrets')).status,
  ],
  'show a certificate of the front proxies’ authority as a user’s': [
    401,
    async ({ target: { as, ask, pki } }) =>
      (await ask(as('admin', ['system:masters'], pki.frontProxyCa), 'GET', '/api/v1/secrets'))
        .status,
  ],
  'show a certificate of a server as a user’s': [
    401,
    async ({ target: { ask, pki } }) => {
      const { certPem: cert, keyPem: key } = pki.apiServer
      return (await ask({ cert, key }, 'GET', '/api/v1/secrets')).status
    },
  ],
}

function tokenRequest(account: string, spec: object = {}): Attempt {
  const head = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' }
  const path = `${DEV}/serviceaccounts/${account}/token`
  return send(nodeA, 'POST', path, { body: { ...head, spec: { audiences: [], ...spec } } })
}

const nodes: Attempts = {
  'a node reads a Secret of another node’s Pod': send(nodeA, 'GET', `${DEV}/secrets/secret-b`),
  'a node lists Secrets': send(nodeA, 'GET', `${DEV}/secrets`),
  'a node lists the Secrets that it may read, and more': send(
    nodeA,
    'GET',
    `${DEV}/secrets?fieldSelector=metadata.name%3Dsecret-b`,
  ),
  'a node reads a ConfigMap that none of its Pods has': send(
    nodeA,
    'GET',
    `${DEV}/configmaps/free`,
  ),
  'a node reads all Pods': send(nodeA, 'GET', '/api/v1/pods'),
  'a node reads the Pods of another node': send(
    nodeA,
    'GET',
    '/api/v1/pods?fieldSelector=spec.nodeName%3Db',
  ),
  'a node reads another Node': send(nodeA, 'GET', '/api/v1/nodes/b'),
  'a node changes another Node': send(nodeA, 'PATCH', '/api/v1/nodes/b', {
    contentType: merge,
    body: { spec: { unschedulable: true } },
  }),
  'a node changes the status of another Node': send(nodeA, 'PATCH', '/api/v1/nodes/b/status', {
    contentType: merge,
    body: { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } },
  }),
  'a node deletes its Node': send(nodeA, 'DELETE', '/api/v1/nodes/a'),
  'a node makes another Node': send(nodeA, 'POST', '/api/v1/nodes', {
    body: { metadata: { name: 'c' } },
  }),
  'a node takes a label that is for others to give': send(nodeA, 'PATCH', '/api/v1/nodes/a', {
    contentType: merge,
    body: { metadata: { labels: { 'node-restriction.kubernetes.io/secure': 'true' } } },
  }),
  'a node takes a role': send(nodeA, 'PATCH', '/api/v1/nodes/a', {
    contentType: merge,
    body: { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } },
  }),
  'a node changes its taints': send(nodeA, 'PATCH', '/api/v1/nodes/a', {
    contentType: merge,
    body: { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } },
  }),
  'a node makes a Pod': send(nodeA, 'POST', `${DEV}/pods`, {
    body: {
      metadata: { name: 'p' },
      spec: { nodeName: 'a', containers: [{ name: 'c', image: 'i' }] },
    },
  }),
  'a node makes a mirror Pod with an account': send(nodeA, 'POST', `${DEV}/pods`, {
    body: {
      metadata: { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: { nodeName: 'a', serviceAccountName: 'sa-b', containers: [{ name: 'c', image: 'i' }] },
    },
  }),
  'a node makes a mirror Pod with a Secret': send(nodeA, 'POST', `${DEV}/pods`, {
    body: {
      metadata: { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: {
        nodeName: 'a',
        containers: [{ name: 'c', image: 'i' }],
        volumes: [{ name: 'v', secret: { secretName: 'secret-b' } }],
      },
    },
  }),
  'a node makes a mirror Pod for another node': send(nodeA, 'POST', `${DEV}/pods`, {
    body: {
      metadata: { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: { nodeName: 'b', containers: [{ name: 'c', image: 'i' }] },
    },
  }),
  'a node deletes a Pod of another node': send(nodeA, 'DELETE', `${DEV}/pods/pod-b`),
  'a node evicts a Pod of another node': send(nodeA, 'POST', `${DEV}/pods/pod-b/eviction`, {
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'pod-b', namespace: 'dev' },
    },
  }),
  'a node changes the status of another node’s Pod': send(
    nodeA,
    'PATCH',
    `${DEV}/pods/pod-b/status`,
    {
      contentType: merge,
      body: { status: { podIP: '10.0.0.1' } },
    },
  ),
  'a node changes a Pod of its own': send(nodeA, 'PATCH', `${DEV}/pods/pod-a`, {
    contentType: merge,
    body: { metadata: { labels: { app: 'other' } } },
  }),
  'a node opens a shell in a Pod': send(nodeA, 'POST', `${DEV}/pods/pod-a/exec?command=sh`),
  'a node asks for a token of an account that it does not run': tokenRequest('sa-b'),
  'a node asks for a token that is bound to no Pod': tokenRequest('sa-a'),
  'a node asks for a token that is bound to another node’s Pod': tokenRequest('sa-a', {
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'pod-b', uid: 'x' },
  }),
  'a node takes another node’s Lease': send(
    nodeA,
    'POST',
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
    {
      body: { metadata: { name: 'b' }, spec: { holderIdentity: 'a' } },
    },
  ),
  'a node makes a Lease elsewhere': send(
    nodeA,
    'POST',
    '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases',
    {
      body: { metadata: { name: 'kube-scheduler' } },
    },
  ),
  'a node makes the CSINode of another': send(nodeA, 'POST', '/apis/storage.k8s.io/v1/csinodes', {
    body: { metadata: { name: 'b' }, spec: { drivers: [] } },
  }),
  'a node tells of another node’s devices': send(
    nodeA,
    'POST',
    '/apis/resource.k8s.io/v1/resourceslices',
    {
      body: {
        metadata: { name: 's' },
        spec: {
          nodeName: 'b',
          driver: 'd.example.com',
          pool: { name: 'p', resourceSliceCount: 1 },
        },
      },
    },
  ),
  'somebody of the nodes’ group who is no node': async ({ target: { as, ask } }) =>
    (await ask(as('jane', ['system:nodes']), 'GET', `${DEV}/secrets/secret-a`)).status,
  'a node’s name without the nodes’ group': async ({ target: { as, ask } }) =>
    (await ask(as('system:node:a'), 'GET', `${DEV}/secrets/secret-a`)).status,
  'a node without a name': async ({ target: { as, ask } }) =>
    (await ask(as('system:node:', ['system:nodes']), 'GET', `${DEV}/secrets/secret-a`)).status,
}

const SECRETS = '/api/v1/secrets'

/** Shows a token that was made of a right one. */
function token(
  make: (token: string, world: World) => string | Promise<string>,
  account = 'sa-a',
): readonly [401, Attempt] {
  const attempt: Attempt = async (world) => {
    const { target: made } = world
    const bearer = await make(await made.token(account), world)
    return (await made.ask({ token: bearer }, 'GET', '/version')).status
  }
  return [401, attempt]
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decoded(part = ''): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Readonly<Record<string, unknown>>
}

const tokens: Attempts = {
  'a token with another account in it': token((given) => {
    const [head, body, signature] = given.split('.')
    return `${head}.${encoded({ ...decoded(body), sub: 'system:serviceaccount:kube-system:admin' })}.${signature}`
  }),
  'a token without a signature': token(
    (given) => `${encoded({ alg: 'none' })}.${given.split('.')[1]}.`,
  ),
  'a token whose signature is cut off': token((given) =>
    given.slice(0, given.lastIndexOf('.') + 1),
  ),
  'a token signed with the public key as a secret': token((given, { target: { api } }) => {
    const [key] = (JSON.parse(api.tokens.jwks()) as { keys: [object & { kid: string }] }).keys
    const pem = createPublicKey({ key, format: 'jwk' } as never).export({
      type: 'spki',
      format: 'pem',
    })
    const signed = `${encoded({ alg: 'HS256', kid: key.kid })}.${given.split('.')[1]}`
    return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`
  }),
  'a token of another cluster by the same name': token((given) => {
    const { privateKey: signingKey } = crypto.generateKeyPair('ES256')
    const tokens_ = serviceAccountTokens({ crypto, clock: systemClock, signingKey })
    const { serviceaccount } = decoded(given.split('.')[1])['kubernetes.io'] as {
      serviceaccount: { name: string; uid: string }
    }
    return tokens_.signBound({
      namespace: 'dev',
      serviceAccount: serviceaccount,
      audiences: [DEFAULT_ISSUER],
      expirationSeconds: 3600,
    }).token
  }),
  'a token for others': [
    401,
    async ({ target: made }) => {
      const bearer = await made.token('sa-a', { audiences: ['vault'] })
      return (await made.ask({ token: bearer }, 'GET', '/version')).status
    },
  ],
  'a token of a Pod that was deleted': [
    401,
    async ({ target: made }) => {
      const pods = made.api.calls('v1', 'pods', 'dev')
      const spec = { serviceAccountName: 'sa-a', containers: [{ name: 'c', image: 'i' }] }
      await pods.create({ metadata: { name: 'short' }, spec })
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'short' }
      const bearer = await made.token('sa-a', { boundObjectRef })
      assert.equal((await made.ask({ token: bearer }, 'GET', '/version')).status, 200)
      await pods.delete('short', { gracePeriodSeconds: 0 })
      return (await made.ask({ token: bearer }, 'GET', '/version')).status
    },
  ],
  'a token of an account that was made anew': [
    401,
    async ({ target: made }) => {
      const accounts = made.api.calls('v1', 'serviceaccounts', 'dev')
      await accounts.create({ metadata: { name: 'again' } })
      const bearer = await made.token('again')
      await accounts.delete('again')
      await accounts.create({ metadata: { name: 'again' } })
      return (await made.ask({ token: bearer }, 'GET', '/version')).status
    },
  ],
  'an empty token': [401, send(() => ({ token: '' }), 'GET', SECRETS)],
  'a name and a password': [
    401,
    send(nobody, 'GET', SECRETS, {
      headers: { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` },
    }),
  ],
  'a bootstrap token that there is not': [
    401,
    send(() => ({ token: 'aaaaaa.0123456789abcdef' }), 'GET', '/version'),
  ],
  'two tokens, the first of them wrong': [
    401,
    async ({ target: made }) => {
      const authorization = ['Bearer wrong', `Bearer ${await made.token('sa-a')}`] as never
      return (await made.ask({}, 'GET', '/version', { headers: { authorization } })).status
    },
  ],
  'a wrong token beside a right certificate keeps the certificate’s rights only': async ({
    target: made,
    jane: who,
  }) => (await made.ask({ ...who, token: 'x' }, 'GET', SECRETS)).status,
}

const forwarded = { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters' }

const disguises: Attempts = {
  'headers of a front proxy, from nobody': [
    401,
    send(nobody, 'GET', SECRETS, { headers: forwarded }),
  ],
  'headers of a front proxy, from a user': send(jane, 'GET', SECRETS, { headers: forwarded }),
  'headers of a front proxy, with a token': async ({ target: made }) =>
    (await made.ask({ token: await made.token('sa-a') }, 'GET', SECRETS, { headers: forwarded }))
      .status,
  'headers of a front proxy, with underscores': send(jane, 'GET', SECRETS, {
    headers: { X_Remote_User: 'admin', X_Remote_Group: 'system:masters' },
  }),
  'headers of a front proxy, from a certificate by its name but of users’ authority': async ({
    target: { as, ask },
  }) => (await ask(as('front-proxy-client'), 'GET', SECRETS, { headers: forwarded })).status,
  'headers of a front proxy, from one whose name is not allowed': [
    401,
    async ({ target: { as, ask, pki } }) =>
      (await ask(as('other', [], pki.frontProxyCa), 'GET', SECRETS, { headers: forwarded })).status,
  ],
  'another method in a header': send(viewer, 'GET', `${DEV}/pods/pod-a/exec`, {
    headers: { 'X-HTTP-Method-Override': 'GET' },
  }),
  'another path in a header': [
    401,
    send(nobody, 'GET', '/api/v1/secrets', {
      headers: { 'X-Original-URL': '/livez', 'X-Rewrite-URL': '/livez' },
    }),
  ],
  'two slashes before a path': [401, send(nobody, 'GET', '//api/v1/secrets')],
  'two slashes within a path': [404, send(viewer, 'GET', '/api/v1//namespaces/dev/secrets')],
  'dots that lead from a public path to others': send(nobody, 'GET', '/livez/../api/v1/secrets'),
  'dots in disguise that lead from a public path to others': send(
    nobody,
    'GET',
    '/healthz/%2e%2e/api/v1/secrets',
  ),
  'slashes in disguise behind a public path': [
    401,
    send(nobody, 'GET', '/livez%2f..%2fapi%2fv1%2fsecrets'),
  ],
  'dots that lead from one’s namespace to others': send(
    viewer,
    'GET',
    '/api/v1/namespaces/dev/../other/pods',
  ),
  'dots in disguise that lead from one’s namespace to others': send(
    viewer,
    'GET',
    '/api/v1/namespaces/dev/%2e%2e/other/pods',
  ),
  'slashes in disguise in the name of a namespace': send(
    viewer,
    'GET',
    '/api/v1/namespaces/dev%2f..%2fother/pods',
  ),
  'slashes in disguise in a name': [404, send(viewer, 'GET', `${DEV}/pods/..%2fconfigmaps%2ffree`)],
  'a subresource in disguise': [404, send(viewer, 'GET', `${DEV}/pods/pod-a%2fexec?command=sh`)],
  'a resource in capitals': send(viewer, 'GET', `${DEV}/Secrets`),
  'a zero byte in a name': [404, send(viewer, 'GET', `${DEV}/pods/pod-a%00`)],
  'a semicolon behind a public path': [401, send(nobody, 'GET', '/livez;/api/v1/secrets')],
  'a namespace in the query': send(viewer, 'GET', '/api/v1/pods?namespace=dev'),
  'a namespace in the body': [
    400,
    send(nsAdmin, 'POST', `${DEV}/configmaps`, {
      body: { metadata: { name: 'x', namespace: 'other' } },
    }),
  ],
  'all namespaces by an empty one': send(viewer, 'GET', '/api/v1/namespaces//pods'),
  'a field selector that names what one may not see': send(
    viewer,
    'GET',
    `${DEV}/secrets?fieldSelector=metadata.name%3Dsecret-a`,
  ),
  'deleting all where one may read all': send(viewer, 'DELETE', `${DEV}/pods`),
  'a prototype in a body': async ({ target: made, nsAdmin: who }) => {
    const body = '{"metadata":{"name":"proto","__proto__":{"groups":["system:masters"]}}}'
    await made.ask(who, 'POST', `${DEV}/configmaps`, { body })
    return (await made.ask(who, 'GET', SECRETS)).status
  },
}

describe('nobody gets what is not theirs', () => {
  const stack = new AsyncDisposableStack()
  let world: World
  before(async () => {
    world = await makeWorld({ after: (act) => stack.defer(async () => void (await act())) })
  })
  after(() => stack.disposeAsync())

  const all = { ...rights, ...certificates, ...nodes, ...tokens, ...disguises }
  for (const [name, entry] of Object.entries(all)) {
    const [status, attempt] = typeof entry === 'function' ? [403, entry] : entry
    test(name, async () => assert.equal(await attempt(world), status))
  }

  test('there are no fewer attempts than there were', () => {
    assert.ok(Object.keys(all).length >= 120, String(Object.keys(all).length))
  })

  test('what is theirs, all of them get', async () => {
    const { target: made, viewer: v, nsAdmin: n, nodeA: a, impersonator: i } = world
    const honest: readonly (readonly [Identity, string, Sent?])[] = [
      [v, `${DEV}/pods/pod-a`],
      [n, `${DEV}/configmaps`],
      [a, `${DEV}/secrets/secret-a`],
      [a, '/api/v1/nodes/a'],
      [a, '/api/v1/pods?fieldSelector=spec.nodeName%3Da'],
      [i, '/version', { headers: { 'Impersonate-User': 'bob' } }],
      [{ token: await made.token('sa-a') }, '/version'],
    ]
    for (const [who, path, sent] of honest)
      assert.equal((await made.ask(who, 'GET', path, sent)).status, 200, path)
  })
})
