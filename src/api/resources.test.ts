import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiVersionOf } from '../schema/resource.ts'
import { API_GROUPS, OPTIONAL_VERSIONS, SERVED_RESOURCES } from './resources.ts'

test('the groups come in the order in which kubectl lists them', () => {
  assert.deepEqual(
    API_GROUPS.map(({ name }) => name),
    [
      '',
      'apiregistration.k8s.io',
      'apps',
      'events.k8s.io',
      'authentication.k8s.io',
      'authorization.k8s.io',
      'autoscaling',
      'batch',
      'certificates.k8s.io',
      'networking.k8s.io',
      'policy',
      'rbac.authorization.k8s.io',
      'storage.k8s.io',
      'admissionregistration.k8s.io',
      'apiextensions.k8s.io',
      'scheduling.k8s.io',
      'coordination.k8s.io',
      'node.k8s.io',
      'discovery.k8s.io',
      'flowcontrol.apiserver.k8s.io',
      'resource.k8s.io',
    ],
  )
})

test('no kind is served twice', () => {
  const names = SERVED_RESOURCES.map(
    ({ resource }) => `${apiVersionOf(resource)} ${resource.plural}`,
  )
  assert.equal(new Set(names).size, names.length)
})

test('versions that are off load when they are asked for', async () => {
  for (const { group, version, load } of OPTIONAL_VERSIONS) {
    const { resources } = await load()
    assert.ok(resources.length > 0, `${group}/${version}`)
    for (const { resource } of resources)
      assert.deepEqual([resource.group, resource.version], [group, version])
  }
})
