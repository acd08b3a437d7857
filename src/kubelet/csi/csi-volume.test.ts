import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import { capabilityOf, isGivenToGroup, persistentCsiVolume } from './csi-volume.ts'

function volume(spec: object = {}, readOnly = false) {
  const csi = { driver: 'd', volumeHandle: 'h' }
  const found = { metadata: { name: 'pv' }, spec: { csi, ...spec } } as unknown as PersistentVolume
  return persistentCsiVolume(found, readOnly)!
}

type Driver = Parameters<typeof capabilityOf>[1]
const plain: Driver = { can: () => false }
const telling: Driver = { can: (capability) => capability === 'SINGLE_NODE_MULTI_WRITER' }

test('capabilityOf() tells how a volume is used, as exactly as the driver can be told', () => {
  const modeOf = (mode: string, driver: Driver) =>
    capabilityOf(volume({ accessModes: [mode] }), driver).accessMode?.mode
  assert.equal(modeOf('ReadWriteOnce', plain), 'SINGLE_NODE_WRITER')
  assert.equal(modeOf('ReadWriteOncePod', plain), 'SINGLE_NODE_WRITER')
  assert.equal(modeOf('ReadWriteOnce', telling), 'SINGLE_NODE_MULTI_WRITER')
  assert.equal(modeOf('ReadWriteOncePod', telling), 'SINGLE_NODE_SINGLE_WRITER')
  for (const driver of [plain, telling]) {
    assert.equal(modeOf('ReadOnlyMany', driver), 'MULTI_NODE_READER_ONLY')
    assert.equal(modeOf('ReadWriteMany', driver), 'MULTI_NODE_MULTI_WRITER')
  }
  assert.deepEqual(capabilityOf(volume({ volumeMode: 'Block' }), plain).block, {})
  assert.equal(capabilityOf(volume(), plain, 2000).mount?.volumeMountGroup, '2000')
})

test('isGivenToGroup() follows the policy of the driver', () => {
  const once = { accessModes: ['ReadWriteOnce'] }
  const formatted = { ...once, csi: { driver: 'd', volumeHandle: 'h', fsType: 'ext4' } }
  const byDefault = 'ReadWriteOnceWithFSType'
  assert.equal(isGivenToGroup(volume(formatted), byDefault), true)
  assert.equal(isGivenToGroup(volume(once), byDefault), false)
  assert.equal(
    isGivenToGroup(volume({ ...formatted, accessModes: ['ReadWriteMany'] }), byDefault),
    false,
  )
  assert.equal(isGivenToGroup(volume(formatted), 'None'), false)
  assert.equal(isGivenToGroup(volume(once), 'File'), true)
  assert.equal(isGivenToGroup(volume(once, true), 'File'), false)
})
