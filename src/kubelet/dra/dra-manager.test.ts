import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { Connection } from '../../grpc/connection.ts'
import { draManager } from './dra-manager.ts'

const { signal } = new AbortController()
const PLUGIN = { name: 'd.example.com', endpoint: 'unix:///d', versions: ['v1.DRAPlugin'] }

const podOf = (uid: string, status: object = {}): Pod =>
  ({
    metadata: { name: uid, namespace: 'ns', uid },
    spec: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'shared' }] },
    status,
  }) as unknown as Pod
const using = (...claims: readonly object[]) => ({ name: 'c', resources: { claims } }) as never

async function managed(saved = '') {
  const state = { text: saved }
  const calls: string[] = []
  const claim = {
    metadata: { uid: 'claim' },
    status: {
      allocation: { devices: { results: [{ driver: PLUGIN.name }] } },
      reservedFor: [{ uid: 'p' }, { uid: 'q' }],
    },
  }
  const devices = [
    { requestNames: ['one'], poolName: '', deviceName: '', cdiDeviceIds: ['d/a=1', 'd/a=2'] },
    { requestNames: ['two/sub'], poolName: '', deviceName: '', cdiDeviceIds: ['d/a=3'] },
  ]
  const connection = {
    async unary({ path }: { readonly path: string }) {
      calls.push(path.slice(path.lastIndexOf('/') + 1))
      return { claims: [{ key: 'claim', value: { devices, error: '' } }] }
    },
    [Symbol.dispose]: () => undefined,
  } as unknown as Connection
  const manager = draManager({
    client: { get: async () => claim } as unknown as Client,
    connect: () => connection,
    slices: { came: () => undefined, left: () => undefined, [Symbol.dispose]: () => undefined },
    logger: silentLogger,
    saved,
    save: async (text) => void (state.text = text),
  })
  await manager.register(PLUGIN)
  return { manager, calls, state }
}

test('draManager() prepares a claim once for all its Pods, and undoes it after the last', async () => {
  const { manager, calls, state } = await managed()
  await manager.prepare(podOf('p'), signal)
  await manager.prepare(podOf('q'), signal)
  await manager.release('p')
  assert.deepEqual(calls, ['NodePrepareResources'])
  const again = await managed(state.text)
  assert.deepEqual(again.manager.holders(), ['q'])
  await again.manager.release('q')
  assert.deepEqual(again.calls, ['NodeUnprepareResources'])
  assert.equal(again.state.text, '{}')
})

test('draManager() gives containers the devices of their requests', async () => {
  const { manager } = await managed()
  const pod = podOf('p', {
    extendedResourceClaimStatus: {
      resourceClaimName: 'shared',
      requestMappings: [{ containerName: 'c', resourceName: 'example.com/d', requestName: 'two' }],
    },
  })
  await manager.prepare(pod, signal)
  assert.deepEqual(manager.cdiDevices(pod, using({ name: 'gpu' })), ['d/a=1', 'd/a=2', 'd/a=3'])
  assert.deepEqual(manager.cdiDevices(podOf('p'), using({ name: 'gpu', request: 'one' })), [
    'd/a=1',
    'd/a=2',
  ])
  assert.deepEqual(manager.cdiDevices(podOf('p'), using()), [])
})

test('draManager() says which driver is missing, and which versions it speaks', async () => {
  const { manager } = await managed()
  await manager.deregister(PLUGIN)
  await assert.rejects(
    manager.prepare(podOf('p'), signal),
    /^DynamicResourcesError: DRA driver d\.example\.com is not registered$/,
  )
  await assert.rejects(
    manager.register({ ...PLUGIN, versions: ['v1alpha3.Node'] }),
    /none of the DRA gRPC versions v1alpha3\.Node are supported: want one of v1\.DRAPlugin, v1beta1\.DRAPlugin/,
  )
})
