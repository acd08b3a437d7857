import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiVersionOf } from '../schema/resource.ts'
import { kubernetesFeatures } from './features.ts'
import { SERVED_RESOURCES } from './resources.ts'
import { parseRuntimeConfig, RuntimeConfigError } from './runtime-config.ts'
import { servedResources } from './served-resources.ts'

async function served(config: string, gates: Record<string, boolean> = {}): Promise<string[]> {
  const resources = await servedResources(parseRuntimeConfig(config), kubernetesFeatures(gates))
  return resources.map(({ resource }) => `${apiVersionOf(resource)}/${resource.plural}`)
}

test('servedResources() gives what is served by default', async () => {
  assert.deepEqual(await servedResources(), SERVED_RESOURCES)
})

test('servedResources() follows --runtime-config, the narrower before the wider', async () => {
  const beta = await served('api/beta')
  assert.ok(beta.includes('storage.k8s.io/v1beta1/volumeattributesclasses'))
  assert.ok(beta.includes('apps/v1/deployments'))
  assert.ok(!beta.some((name) => name.includes('alpha')))
  const only = await served('api/all=false,apps/v1=true,v1/pods')
  assert.ok(only.includes('apps/v1/deployments') && only.includes('v1/pods'))
  assert.ok(!only.includes('v1/services') && !only.includes('batch/v1/jobs'))
  const without = await served('batch/v1/cronjobs=false')
  assert.ok(without.includes('batch/v1/jobs') && !without.includes('batch/v1/cronjobs'))
  const one = await served('resource.k8s.io/v1beta1/resourceslices=true')
  assert.ok(one.includes('resource.k8s.io/v1beta1/resourceslices'))
  assert.ok(!one.includes('resource.k8s.io/v1beta1/resourceclaims'))
})

test('servedResources() wants the feature to be on too', async () => {
  const config = 'scheduling.k8s.io/v1alpha2=true,certificates.k8s.io/v1beta1=true'
  const off = await served(config)
  assert.ok(!off.some((name) => /workloads|clustertrustbundles/.test(name)))
  const on = await served(config, { GenericWorkload: true, ClusterTrustBundle: true })
  assert.ok(on.includes('scheduling.k8s.io/v1alpha2/workloads'))
  assert.ok(on.includes('certificates.k8s.io/v1beta1/clustertrustbundles'))
  assert.ok(!on.includes('certificates.k8s.io/v1beta1/podcertificaterequests'))
})

const refused: Readonly<Record<string, string>> = {
  'api/all=false': 'invalid key with only api/all=false',
  'none.k8s.io/v1': 'unknown api groups none.k8s.io',
  'apps/v9': 'group version apps/v9 that has not been registered',
  'a/b/c/d': 'runtime-config invalid key a/b/c/d',
  'apps/v1=maybe':
    'invalid value of apps/v1: maybe, err: strconv.ParseBool: parsing "maybe": invalid syntax',
}

for (const [config, message] of Object.entries(refused)) {
  test(`--runtime-config ${config} is refused`, async () => {
    await assert.rejects(() => served(config), new RuntimeConfigError(message))
  })
}
