import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import { containerDevices, containerMounts } from './container-mounts.node.ts'
import type { MountedVolumes } from './pod-volumes.ts'

const mounted: MountedVolumes = new Map([
  ['image', { hostPath: '', readOnly: true, image: { image: 'registry.example/files:1' } }],
  ['disk', { hostPath: '/data/disk', readOnly: false }],
  ['block', { hostPath: '', readOnly: true, devicePath: '/dev/vdb' }],
])
const options = {
  mounted,
  environment: new Map([['POD_NAME', 'web-0']]),
  recursiveReadOnly: true,
  imageSubPaths: true,
  subPathDirectory: '/nowhere',
}
const container = (mounts: object): AnyContainer => ({ name: 'c', ...mounts }) as AnyContainer

test('containerMounts() has the runtime mount a part of an image', async () => {
  const volumeMounts = [
    { name: 'image', mountPath: '/whole' },
    { name: 'image', mountPath: '/part', subPath: 'etc/app' },
    { name: 'image', mountPath: '/own', subPathExpr: 'hosts/$(POD_NAME)' },
  ]
  const mounts = await containerMounts(container({ volumeMounts }), options)
  const image = { image: 'registry.example/files:1' }
  const shared = { hostPath: '', readonly: true, image }
  assert.deepEqual(mounts, [
    { ...shared, containerPath: '/whole', imageSubPath: '' },
    { ...shared, containerPath: '/part', imageSubPath: 'etc/app' },
    { ...shared, containerPath: '/own', imageSubPath: 'hosts/web-0' },
  ])
})

test('containerMounts() refuses a part of an image where the runtime would mount the whole', async () => {
  const volumeMounts = [{ name: 'image', mountPath: '/part', subPath: 'etc/app' }]
  const made = containerMounts(container({ volumeMounts }), { ...options, imageSubPaths: false })
  await assert.rejects(made, {
    message:
      'volume "image" is an image, of which the container runtime cannot mount the part "etc/app"',
  })
})

test('containerMounts() passes on how far mounts reach and what is read-only', async () => {
  const volumeMounts = [
    { name: 'disk', mountPath: '/a', mountPropagation: 'Bidirectional' },
    { name: 'disk', mountPath: 'b', readOnly: true, recursiveReadOnly: 'IfPossible' },
  ]
  assert.deepEqual(await containerMounts(container({ volumeMounts }), options), [
    {
      containerPath: '/a',
      hostPath: '/data/disk',
      readonly: false,
      propagation: 'PROPAGATION_BIDIRECTIONAL',
    },
    { containerPath: '/b', hostPath: '/data/disk', readonly: true, recursiveReadOnly: true },
  ])
})

test('containerMounts() refuses variables that the container does not have', async () => {
  const volumeMounts = [{ name: 'disk', mountPath: '/a', subPathExpr: '$(NONE)' }]
  await assert.rejects(containerMounts(container({ volumeMounts }), options), {
    message: 'missing value for "NONE"',
  })
})

test('containerDevices() gives devices to volumeDevices alone, as writable as the volume is', () => {
  const volumeDevices = [{ name: 'block', devicePath: '/dev/x' }]
  assert.deepEqual(containerDevices(container({ volumeDevices }), mounted), [
    { containerPath: '/dev/x', hostPath: '/dev/vdb', permissions: 'r' },
  ])
  assert.throws(() => containerDevices(container({ volumeMounts: [{ name: 'block' }] }), mounted), {
    message: 'volume "block" has volumeMode Block, but is specified in volumeMounts',
  })
  assert.throws(() => containerDevices(container({ volumeDevices: [{ name: 'disk' }] }), mounted), {
    message: 'cannot find volume "disk" to pass into container "c"',
  })
})
