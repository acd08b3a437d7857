import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { silentLogger } from '../../base/logger.ts'
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
  return { manager, ids, state }
}

test('deviceManager() gives on what init containers had, and no device twice', async () => {
  const { manager, ids, state } = managed()
  const spec = {
    initContainers: [asking('first', 1), asking('then', 2)],
    containers: [asking('one', 1), asking('two', 2)],
  }
  await manager.allocate(podOf('p', spec), signal)
  assert.deepEqual(
    ['first', 'then', 'one', 'two'].map((name) => ids('p', name)),
    [['a'], ['a', 'b'], ['a'], ['b', 'c']],
  )
  const again = managed({}, state.text)
  assert.deepEqual(again.ids('p', 'two'), ['b', 'c'])
  const late = podOf('q', { containers: [asking('one', 1)] })
  await assert.rejects(
    again.manager.allocate(late, signal),
    /^AllocationError: Allocate failed due to requested number of devices unavailable for example\.com\/d\. Requested: 1, Available: 0, which is unexpected$/,
  )
  await again.manager.release('p')
  await again.manager.allocate(late, signal)
  assert.deepEqual(again.ids('q', 'one'), ['a'])
})

test('deviceManager() follows what the plugin prefers of what is free', async () => {
  const { manager, ids } = managed({ preferred: async () => ['x', 'c'] })
  await manager.allocate(podOf('p', { containers: [asking('one', 2)] }), signal)
  assert.deepEqual(ids('p', 'one'), ['c', 'a'])
})
