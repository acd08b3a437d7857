import { test } from 'node:test'
import { servedResources } from '../../api/served-resources.ts'
import { startSecureTestServer } from '../testing-secure.node.ts'

test('a server without admissionregistration.k8s.io starts, and takes writes', async () => {
  const all = await servedResources()
  const served = all.filter(({ resource }) => resource.group !== 'admissionregistration.k8s.io')
  await using api = await startSecureTestServer({ served })
  const calls = api.calls('v1', 'configmaps', 'default', {
    name: 'admin',
    groups: ['system:masters'],
  })
  await calls.create({ metadata: { name: 'a' } })
})
