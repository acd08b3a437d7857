import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserInfo } from '../../authentication/authenticator.ts'
import { eventually } from '../../../base/async-eventually.node.ts'
import { startSecureTestServer, type SecureTestServer } from '../../testing-secure.node.ts'
import { statusWith } from '../../testing.node.ts'

const RBAC = 'rbac.authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'
const jane: UserInfo = { name: 'jane', groups: ['devs'] }

async function grant(
  api: SecureTestServer,
  rules: readonly object[],
  user = 'jane',
): Promise<void> {
  await api.calls(RBAC, 'roles', 'default').create({ metadata: { name: 'r' }, rules })
  await api.calls(RBAC, 'rolebindings', 'default').create({
    metadata: { name: 'b' },
    roleRef: { apiGroup, kind: 'Role', name: 'r' },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  })
}

test('RBAC: what is not granted is forbidden, in Kubernetes words', async () => {
  await using api = await startSecureTestServer()
  await assert.rejects(
    api.calls('v1', 'pods', 'default', jane).list(),
    statusWith({
      code: 403,
      message:
        'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    }),
  )
})

test('RBAC: a binding grants at once, and no longer when its role changes or it goes away', async () => {
  await using api = await startSecureTestServer()
  const maps = api.calls('v1', 'configmaps', 'default', jane)
  const isAllowed = (): Promise<boolean> =>
    maps.list().then(
      () => true,
      () => false,
    )
  assert.equal(await isAllowed(), false)
  const rule = { apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }
  await grant(api, [rule])
  await eventually(isAllowed)
  await assert.rejects(maps.create({ metadata: { name: 'm' } }), statusWith({ code: 403 }))
  await assert.rejects(
    api.calls('v1', 'configmaps', 'kube-system', jane).list(),
    statusWith({ code: 403 }),
  )
  const roles = api.calls(RBAC, 'roles', 'default')
  await roles.patch('r', { rules: [] })
  await eventually(async () => !(await isAllowed()))
  await roles.patch('r', { rules: [rule] })
  await eventually(isAllowed)
  await api.calls(RBAC, 'rolebindings', 'default').delete('b')
  await eventually(async () => !(await isAllowed()))
})

test('RBAC: a role that does not exist is named', async () => {
  await using api = await startSecureTestServer()
  await api.calls(RBAC, 'clusterrolebindings').create({
    metadata: { name: 'b' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'lost' },
    subjects: [{ apiGroup, kind: 'Group', name: 'devs' }],
  })
  const expected =
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default": RBAC: clusterrole.rbac.authorization.k8s.io "lost" not found'
  const pods = api.calls('v1', 'pods', 'default', jane)
  await eventually(() =>
    pods
      .list()
      .catch((error: Error) => error.message.includes('lost') && error.message === expected),
  )
})
