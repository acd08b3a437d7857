import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../base/async-eventually.node.ts'
import type { UserInfo } from '../../authentication/authenticator.ts'
import { startSecureTestServer, type SecureTestServer } from '../../testing-secure.node.ts'
import { statusWith } from '../../testing.node.ts'

const RBAC = 'rbac.authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'
const jane: UserInfo = { name: 'jane', groups: ['devs', 'qa'] }
const bindings = {
  apiGroups: [apiGroup],
  resources: ['rolebindings', 'roles'],
  verbs: ['create', 'get', 'list', 'patch', 'update'],
}
const readPods = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }

/** A server where jane has a role with these rules, and waits until she can use it. */
async function serverFor(rules: readonly object[]): Promise<SecureTestServer> {
  const api = await startSecureTestServer()
  await api.calls(RBAC, 'clusterroles').create({ metadata: { name: 'janes' }, rules })
  await api.calls(RBAC, 'clusterrolebindings').create({
    metadata: { name: 'janes' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'janes' },
    subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
  })
  const canList = (): Promise<boolean> =>
    api
      .calls(RBAC, 'roles', 'default', jane)
      .list()
      .then(
        () => true,
        () => false,
      )
  await eventually(canList)
  return api
}

const binding = (role: string): object => ({
  metadata: { name: 'b' },
  roleRef: { apiGroup, kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
})

test('nobody can grant in a role what they do not hold', async () => {
  await using api = await serverFor([bindings, readPods])
  const roles = api.calls(RBAC, 'roles', 'default', jane)
  await roles.create({ metadata: { name: 'held' }, rules: [readPods] })
  const more = { apiGroups: ['', 'apps'], resources: ['pods'], verbs: ['get', 'delete', 'watch'] }
  await assert.rejects(
    roles.create({ metadata: { name: 'more' }, rules: [more] }),
    statusWith({
      code: 403,
      reason: 'Forbidden',
      message: `roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["devs" "qa" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}
{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "delete" "watch"]}`,
    }),
  )
  await assert.rejects(roles.patch('held', { rules: [more] }), statusWith({ code: 403 }))
  await roles.patch('held', { metadata: { labels: { a: 'b' } } })
  await api.calls(RBAC, 'roles', 'default').create({ metadata: { name: 'all' }, rules: [more] })
  await roles.patch('all', { metadata: { ownerReferences: [] } })
  await assert.rejects(
    roles.patch('all', { metadata: { labels: { a: 'b' } } }),
    statusWith({ code: 403 }),
  )
})

test('names and paths count in what is held', async () => {
  const one = { ...readPods, resourceNames: ['a'] }
  await using api = await serverFor([bindings, one])
  const roles = api.calls(RBAC, 'roles', 'default', jane)
  await roles.create({ metadata: { name: 'one' }, rules: [one] })
  await assert.rejects(
    roles.create({ metadata: { name: 'all' }, rules: [readPods] }),
    statusWith({
      code: 403,
      message: /held:\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["get" "list"\]\}$/,
    }),
  )
  await assert.rejects(
    roles.create({ metadata: { name: 'other' }, rules: [{ ...readPods, resourceNames: ['b'] }] }),
    statusWith({ code: 403, message: /ResourceNames:\["b"\], Verbs:\["get" "list"\]\}$/ }),
  )
})

test('nobody can bind a role that they do not hold, unless they may bind it', async () => {
  const mayBind = {
    apiGroups: [apiGroup],
    resources: ['clusterroles'],
    resourceNames: ['view'],
    verbs: ['bind'],
  }
  await using api = await serverFor([bindings, mayBind])
  const roleBindings = api.calls(RBAC, 'rolebindings', 'default', jane)
  await assert.rejects(
    roleBindings.create(binding('cluster-admin')),
    statusWith({
      code: 403,
      message:
        /^rolebindings.rbac.authorization.k8s.io "b" is forbidden: user "jane" .* not currently held:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}\n\{NonResourceURLs:\["\*"\], Verbs:\["\*"\]\}$/,
    }),
  )
  await roleBindings.create(binding('view'))
  await assert.rejects(
    roleBindings.create({ ...binding('lost'), metadata: { name: 'c' } }),
    statusWith({ code: 404, message: 'clusterrole.rbac.authorization.k8s.io "lost" not found' }),
  )
})

test('who may escalate can', async () => {
  const escalate = { apiGroups: [apiGroup], resources: ['roles'], verbs: ['escalate'] }
  await using api = await serverFor([bindings, escalate])
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
  const roles = api.calls(RBAC, 'roles', 'default', jane)
  await roles.create({ metadata: { name: 'all' }, rules })
})

test('only who holds everything can aggregate', async () => {
  const clusterRoles = {
    apiGroups: [apiGroup],
    resources: ['clusterroles', 'roles'],
    verbs: ['create', 'list'],
  }
  await using api = await serverFor([clusterRoles])
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }
  await assert.rejects(
    api
      .calls(RBAC, 'clusterroles', undefined, jane)
      .create({ metadata: { name: 'agg' }, aggregationRule, rules: [] }),
    statusWith({
      code: 403,
      message: /must have cluster-admin privileges to use the aggregationRule/,
    }),
  )
})
