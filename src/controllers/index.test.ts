import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { kubernetesFeatures } from '../api/features.ts'
import { SERVED_RESOURCES } from '../api/resources.ts'
import { servedResources } from '../api/served-resources.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { liveValue } from '../base/live-value.ts'
import { CONTROLLERS, selectControllers, UnknownControllerError } from './index.ts'

const names = (...selection: string[]) => selectControllers(selection).map(({ name }) => name)

test('each controller goes by the name that it is listed under', async () => {
  const options = {
    builtIn: await servedResources(
      { 'api/all': true },
      kubernetesFeatures({ AllAlpha: true, AllBeta: true }),
    ),
    rootCA: liveValue('PEM'),
    clusterCIDR: '10.244.0.0/16',
    signToken: () => '',
    crypto: nodeCrypto(),
    authority: () => assert.fail('nothing is signed'),
  }
  for (const { name, create } of CONTROLLERS) assert.equal(create(options)?.name, name)
})

test('selectControllers() takes all, some, or all but some', () => {
  assert.equal(names('*').length, CONTROLLERS.length)
  assert.deepEqual(names('namespace-controller'), ['namespace-controller'])
  assert.equal(names('*', '-namespace-controller').length, CONTROLLERS.length - 1)
  assert.throws(() => names('*', '-nonsense'), UnknownControllerError)
})

test('controllers of kinds that the API does not have are left out', () => {
  const builtIn = SERVED_RESOURCES
  const entry = CONTROLLERS.find(({ name }) => name === 'storage-version-migrator-controller')!
  assert.equal(
    entry.create({ builtIn } as unknown as Parameters<typeof entry.create>[0]),
    undefined,
  )
})
