import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { APIService } from '../api/apiregistration/v1/api-service.ts'
import { serviceUnavailable } from '../apimachinery/status-error.ts'
import { testApiServer } from '../apiserver/testing.ts'
import { eventually } from '../base/async-eventually.node.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import { createCatalog } from './catalog.ts'
import { createClient } from './create-client.ts'
import { createInformers } from './shared-informers.ts'
import type { Transport } from './transport.ts'

const GROUP = 'wardle.example.com'
const AVAILABLE = {
  type: 'Available',
  status: 'True',
  reason: 'Passed',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
} as const
const FLUNDER = { name: 'flunders', kind: 'Flunder', namespaced: true, verbs: ['list', 'watch'] }

function specOf(version: string) {
  return {
    group: GROUP,
    version,
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { namespace: 'default', name: 's' },
    insecureSkipTLSVerify: true,
  }
}

/** A catalog of a cluster, in which another server has flunders; `answer` is what it does when asked for a version. */
async function setUp(answer: (version: string) => object) {
  const stack = new AsyncDisposableStack()
  const clock = virtualClock()
  const { transport: own } = stack.use(await testApiServer({ clock: virtualClock() }))
  const transport: Transport = {
    call: async (request, options) =>
      request.group === GROUP && request.resource === ''
        ? answer(request.version)
        : own.call(request, options),
    watch: (request, options) => own.watch(request, options),
  }
  const client = createClient(transport)
  const informers = stack.use(
    createInformers({ client, clock, random: seededRandom(1), logger: silentLogger }),
  )
  const catalog = stack.use(createCatalog([APIService], informers))
  informers.start()
  await informers.waitForSync()
  const register = async (version: string): Promise<void> => {
    const name = `${version}.${GROUP}`
    await client.create(APIService, { metadata: { name }, spec: specOf(version) })
    // The API server knows no such server, says so once, and leaves it at that while its clock stands still.
    const found = await eventually(async () => {
      const service = await client.get(APIService, { name })
      return service.status.conditions ? service : undefined
    })
    await client.updateStatus(APIService, { ...found, status: { conditions: [AVAILABLE] } })
  }
  const version = (): string | undefined =>
    catalog.find({ apiVersion: `${GROUP}/v1`, kind: 'Flunder' })?.resource.version
  return { clock, client, register, version, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('a catalog asks a server again that could not be asked', async () => {
  let asked = 0
  await using cluster = await setUp(() => {
    asked += 1
    if (asked < 3) throw serviceUnavailable('not yet')
    return { resources: [FLUNDER] }
  })
  await cluster.register('v1')
  await eventually(() => asked === 1)
  await cluster.clock.advance(3000)
  await eventually(() => cluster.version() === 'v1')
  assert.equal(asked, 3)
})

test('a catalog has a kind of several versions in the best, while that is there', async () => {
  const asked: string[] = []
  await using cluster = await setUp((version) => {
    asked.push(version)
    return { resources: [FLUNDER] }
  })
  await cluster.register('v1')
  await eventually(() => cluster.version() === 'v1')
  await cluster.register('v1beta1')
  await eventually(() => asked.includes('v1beta1'))
  await cluster.clock.advance(0)
  assert.equal(cluster.version(), 'v1')
  await cluster.client.delete(APIService, { name: `v1.${GROUP}` })
  await eventually(() => cluster.version() === 'v1beta1')
  await cluster.client.delete(APIService, { name: `v1beta1.${GROUP}` })
  await eventually(() => cluster.version() === undefined)
})
