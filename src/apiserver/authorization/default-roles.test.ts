import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserInfo } from '../authentication/authenticator.ts'
import { startSecureTestServer } from '../testing-secure.node.ts'

const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups })
const account = (namespace: string, name: string): UserInfo =>
  user(
    `system:serviceaccount:${namespace}:${name}`,
    'system:serviceaccounts',
    `system:serviceaccounts:${namespace}`,
    'system:authenticated',
  )

const root = user('root', 'system:masters')
const anybody = user('jane', 'system:authenticated')
const nobody = user('system:anonymous', 'system:unauthenticated')
const manager = user('system:kube-controller-manager')
const scheduler = user('system:kube-scheduler')
const proxy = user('system:kube-proxy')
const dns = account('kube-system', 'kube-dns')
const deployments = account('kube-system', 'deployment-controller')
const collector = account('kube-system', 'generic-garbage-collector')
const pod = account('default', 'default')

/** User, verb, `RESOURCE.GROUP/SUBRESOURCE` or a path, namespace, and whether it is allowed. */
const matrix: readonly (readonly [UserInfo, string, string, string, boolean])[] = [
  [root, 'delete', 'nodes', '', true],
  [root, 'escalate', 'clusterroles.rbac.authorization.k8s.io', '', true],
  [root, 'post', '/anything', '', true],
  [anybody, 'create', 'selfsubjectaccessreviews.authorization.k8s.io', '', true],
  [anybody, 'create', 'selfsubjectreviews.authentication.k8s.io', '', true],
  [anybody, 'create', 'subjectaccessreviews.authorization.k8s.io', '', false],
  [anybody, 'list', 'pods', 'default', false],
  [anybody, 'get', '/api/v1', '', true],
  [anybody, 'get', '/openapi/v3', '', true],
  [anybody, 'get', '/version', '', true],
  [anybody, 'get', '/metrics', '', false],
  [nobody, 'get', '/healthz', '', true],
  [nobody, 'get', '/livez', '', true],
  [nobody, 'get', '/readyz', '', true],
  [nobody, 'get', '/version', '', true],
  [nobody, 'get', '/api', '', false],
  [nobody, 'list', 'namespaces', '', false],
  [manager, 'list', 'widgets.example.com', '', true],
  [manager, 'create', 'serviceaccounts/token', 'kube-system', true],
  [manager, 'delete', 'pods', 'default', false],
  [manager, 'update', 'leases.coordination.k8s.io', 'kube-system', true],
  [manager, 'get', 'configmaps', 'kube-system', true],
  [scheduler, 'create', 'pods/binding', 'default', true],
  [scheduler, 'patch', 'pods/status', 'default', true],
  [scheduler, 'update', 'pods', 'default', false],
  [scheduler, 'update', 'persistentvolumeclaims', 'default', true],
  [scheduler, 'create', 'secrets', 'default', false],
  [proxy, 'watch', 'endpointslices.discovery.k8s.io', '', true],
  [proxy, 'get', 'secrets', 'default', false],
  [dns, 'watch', 'services', '', true],
  [dns, 'get', 'secrets', 'kube-system', false],
  [deployments, 'create', 'replicasets.apps', 'default', true],
  [deployments, 'create', 'pods', 'default', false],
  [collector, 'delete', 'widgets.example.com', 'default', true],
  [pod, 'get', '/openid/v1/jwks', '', true],
  [pod, 'get', 'pods', 'default', false],
  [user('u', 'system:monitoring'), 'get', '/metrics', '', true],
  [user('u', 'system:nodes'), 'list', 'pods', '', false],
]

test('the default roles allow what they should', async () => {
  await using api = await startSecureTestServer()
  const reviews = api.calls('authorization.k8s.io/v1', 'subjectaccessreviews')
  for (const [who, verb, what, namespace, expected] of matrix) {
    const spec = { user: who.name, groups: who.groups, ...question(verb, what, namespace) }
    const { status } = await reviews.create({ spec })
    const { allowed } = status as { readonly allowed: boolean }
    assert.equal(allowed, expected, `${who.name} ${verb} ${what} ${namespace}`)
  }
})

function question(verb: string, what: string, namespace: string): object {
  if (what.startsWith('/')) return { nonResourceAttributes: { verb, path: what } }
  const [name = '', subresource = ''] = what.split('/')
  const [resource, ...group] = name.split('.')
  return { resourceAttributes: { verb, group: group.join('.'), resource, subresource, namespace } }
}

test('a review tells by what something is allowed', async () => {
  await using api = await startSecureTestServer()
  const reviews = api.calls('authorization.k8s.io/v1', 'subjectaccessreviews')
  const ask = async (name: string, resource: string): Promise<unknown> => {
    const resourceAttributes = { verb: 'watch', resource }
    return (await reviews.create({ spec: { user: name, resourceAttributes } }))['status']
  }
  assert.deepEqual(await ask('system:serviceaccount:kube-system:kube-dns', 'services'), {
    allowed: true,
    reason:
      'RBAC: allowed by ClusterRoleBinding "system:kube-dns" of ClusterRole "system:kube-dns" to ServiceAccount "kube-dns/kube-system"',
  })
  assert.deepEqual(await ask('system:kube-scheduler', 'services'), {
    allowed: true,
    reason:
      'RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler"',
  })
})

test('a rules review lists what one may do', async () => {
  await using api = await startSecureTestServer()
  const ask = async (who: UserInfo): Promise<Record<string, unknown>> => {
    const calls = api.calls('authorization.k8s.io/v1', 'selfsubjectrulesreviews', undefined, who)
    return (await calls.create({ spec: { namespace: 'default' } }))['status'] as Record<
      string,
      unknown
    >
  }
  const { resourceRules, nonResourceRules, incomplete } = await ask(anybody)
  assert.deepEqual(resourceRules, [
    {
      verbs: ['create'],
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    },
    {
      verbs: ['create'],
      apiGroups: ['authentication.k8s.io'],
      resources: ['selfsubjectreviews'],
    },
  ])
  assert.equal((nonResourceRules as readonly unknown[]).length, 2)
  assert.equal(incomplete, false)
  const node = await ask(user('system:node:a', 'system:nodes'))
  assert.equal(node['incomplete'], true)
  assert.equal(node['evaluationError'], 'node authorizer does not support user rule resolution')
})
