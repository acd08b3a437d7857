import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
import { topologyManager } from '../topology/topology-manager.ts'
import { DeviceInventory } from './device-inventory.ts'
import { deviceManager, type DevicePlugin } from './device-manager.ts'

const RESOURCE = 'example.com/d'
const { signal } = new AbortController()
const NOTHING = { envs: {}, mounts: [], devices: [], annotations: {}, cdiDevices: [] }

const asking = (name: string, count: number) => ({
  name,
  image: 'x',
  resources: { limits: { [RESOURCE]: String(count) } },
})
const podOf = (uid: string, spec: object): Pod => ({ metadata: { uid }, spec }) as unknown as Pod

function managed({ preferred = async () => [] }: Partial<DevicePlugin> = {}, saved = '') {
  const inventory = new DeviceInventory()
  const state = { text: saved }
  const plugin: DevicePlugin = {
    allocate: async () => NOTHING,
    preferred,
    preStart: async () => undefined,
  }
  const manager = deviceManager({
    inventory,
    numaNodes: [0],
    plugin: () => plugin,
    logger: silentLogger,
    save: async (text) => void (state.text = text),
    saved,
  })
  inventory.set(
    RESOURCE,
    ['a', 'b', 'c'].map((id) => ({ id, isHealthy: true, numaNodes: [] })),
  )
  const ids = (uid: string, container: string) => manager.granted(uid, container)[RESOURCE]?.ids
  const topology = topologyManager({
    policy: 'none',
    scope: 'container',
    prefersClosest: false,
    nodes: [],
    providers: [manager],
  })
  const allocate = (pod: Pod, limit: AbortSignal) => topology.allocate(pod, limit)
  return { allocate, release: (uid: string) => topology.release(uid), ids, state }
}

test('deviceManager() gives on what init containers had, and no device twice', async () => {
  const { allocate, ids, state } = managed()
  const spec = {
    initContainers: [asking('first', 1), asking('then', 2)],
    containers: [asking('one', 1), asking('two', 2)],
  }
  await allocate(podOf('p', spec), signal)
  assert.deepEqual(
    ['first', 'then', 'one', 'two'].map((name) => ids('p', name)),
    [['a'], ['a', 'b'], ['a'], ['b', 'c']],
  )
  const again = managed({}, state.text)
  assert.deepEqual(again.ids('p', 'two'), ['b', 'c'])
  const late = podOf('q', { containers: [asking('one', 1)] })
  await assert.rejects(
    again.allocate(late, signal),
    /^AllocationError: Allocate failed due to requested number of devices unavailable for example\.com\/d\. Requested: 1, Available: 0, which is unexpected$/,
  )
  await again.release('p')
  await again.allocate(late, signal)
  assert.deepEqual(again.ids('q', 'one'), ['a'])
})

test('deviceManager() follows what the plugin prefers of what is free', async () => {
  const { allocate, ids } = managed({ preferred: async () => ['x', 'c'] })
  await allocate(podOf('p', { containers: [asking('one', 2)] }), signal)
  assert.deepEqual(ids('p', 'one'), ['c', 'a'])
})
