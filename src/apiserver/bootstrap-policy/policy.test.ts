import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiObject } from '../registry/api-object.ts'
import { ADMIN, startSecureTestServer } from '../testing-secure.node.ts'
import { ResourceCalls } from '../testing.node.ts'
import { kubernetesFeatures } from '../../api/features.ts'
import { defaultPolicy } from './policy.ts'
import { reconcileBinding, reconcileRole, type Reconciliation } from './reconcile.ts'

const KINDS = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings']

test('the default policy is there when the server is, and a second start writes nothing', async () => {
  await using api = await startSecureTestServer()
  for (const plural of KINDS) {
    const { items } = await api.calls('rbac.authorization.k8s.io/v1', plural).list()
    const { roles, bindings } = defaultPolicy()
    const wanted = [...roles, ...bindings].filter(({ kind }) => `${kind.toLowerCase()}s` === plural)
    assert.equal(items.length, wanted.length, plural)
  }
  const before = await api.store.revision()
  await using _ = await startSecureTestServer({ store: api.store })
  assert.equal(await api.store.revision(), before)
})

function roleNamed(name: string): ReturnType<typeof defaultPolicy>['roles'][number] {
  return defaultPolicy().roles.find(({ metadata }) => metadata.name === name)!
}

function updated<T>(plan: Reconciliation<T>): T {
  assert.equal(plan.type, 'update')
  return (plan as Reconciliation<T> & { type: 'update' }).object
}

test('reconcileRole() adds what is missing and leaves what is more', () => {
  const wanted = roleNamed('system:basic-user')
  const more = { verbs: ['get'], apiGroups: [''], resources: ['pods'] }
  const [first, ...rest] = wanted.rules!
  const stored = { ...wanted, metadata: { name: wanted.metadata.name! }, rules: [more, ...rest] }
  const object = updated(reconcileRole(stored as typeof wanted, wanted))
  assert.deepEqual(object.metadata, wanted.metadata)
  assert.deepEqual(object.rules!.slice(0, 1 + rest.length), [more, ...rest])
  assert.deepEqual(
    object.rules!.slice(1 + rest.length).flatMap(({ resources }) => resources),
    first!.resources,
  )
  assert.deepEqual(reconcileRole(object, wanted), { type: 'nothing' })
})

test('reconcileRole() is content with a rule that covers more', () => {
  const wanted = roleNamed('system:basic-user')
  const rules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
  assert.deepEqual(reconcileRole({ ...wanted, rules }, wanted), { type: 'nothing' })
})

test('what says that it is not to be updated is left alone', () => {
  const wanted = roleNamed('system:basic-user')
  const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' }
  const stored = { ...wanted, rules: [], metadata: { ...wanted.metadata, annotations } }
  assert.deepEqual(reconcileRole(stored, wanted), { type: 'nothing' })
})

test('reconcileBinding() adds subjects, and replaces a binding to another role', () => {
  const wanted = defaultPolicy().bindings.find(
    ({ metadata }) => metadata.name === 'system:public-info-viewer',
  )!
  const extra = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'u' }
  const stored = { ...wanted, subjects: [extra, wanted.subjects![0]!] }
  const object = updated(reconcileBinding(stored, wanted))
  assert.deepEqual(object.subjects, [...stored.subjects, wanted.subjects![1]])
  const other = { ...wanted, roleRef: { ...wanted.roleRef, name: 'other' } }
  assert.deepEqual(reconcileBinding(other, wanted), { type: 'replace' })
})

test('what is stored is what a create would have made of it', async () => {
  await using api = await startSecureTestServer()
  const { roles, bindings } = defaultPolicy()
  for (const { kind, metadata, ...rest } of [...roles, ...bindings]) {
    const plural = `${kind.toLowerCase()}s`
    const transport = api.server.transportFor(ADMIN, { userAgent: 'kube-apiserver' })
    const calls = new ResourceCalls(
      transport,
      'rbac.authorization.k8s.io/v1',
      plural,
      metadata.namespace,
    )
    const stored = await calls.get(metadata.name!)
    const created = await calls.create({ ...rest, metadata: { ...metadata, name: 'copy' } })
    await calls.delete('copy')
    assert.deepEqual(comparable(stored), comparable(created))
  }
})

function comparable({ metadata, ...rest }: ApiObject): object {
  const { name, uid, resourceVersion, creationTimestamp, managedFields = [], ...others } = metadata
  assert.ok(name && uid && resourceVersion && creationTimestamp)
  const managed = managedFields.map(({ time, ...each }) => ({ ...each, timed: time !== undefined }))
  return { ...rest, metadata: { ...others, managedFields: managed } }
}

test('defaultPolicy() has the roles of controllers whose features are on', () => {
  const name = 'system:controller:storage-version-migrator-controller'
  const namesOf = (...features: Parameters<typeof defaultPolicy>) => {
    const { roles, bindings } = defaultPolicy(...features)
    return [...roles, ...bindings].filter(({ metadata }) => metadata.name === name).length
  }
  assert.equal(namesOf(), 0)
  assert.equal(namesOf(kubernetesFeatures({ StorageVersionMigrator: true })), 2)
})
