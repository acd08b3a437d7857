import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeCrypto } from '../../base/crypto.node.ts'
import { findContainerd } from './binaries.node.ts'
import { containerdConfig } from './config.ts'
import { containerdLayout } from './layout.ts'

const layout = containerdLayout(`/home/someone/${'long/'.repeat(40)}data`, nodeCrypto())
const settings = {
  layout,
  runcPath: '/usr/sbin/runc',
  cniConfDir: '/etc/"quoted"',
  cniBinDir: '/usr/lib/cni',
  sandboxImage: 'localhost/pause:1',
  snapshotter: 'overlayfs',
  cgroupDriver: 'cgroupfs',
  canLowerOomScore: false,
} as const

test('containerdLayout() keeps the socket short whatever the data directory', () => {
  assert.ok(`${layout.socket}.ttrpc`.length < 108)
  assert.ok(layout.root.startsWith('/home/someone/long/'))
})

test('containerdConfig() restricts oom_score_adj where the machine refuses a lower one', () => {
  assert.match(containerdConfig(settings), /^restrict_oom_score_adj = true$/m)
  assert.match(
    containerdConfig({ ...settings, canLowerOomScore: true }),
    /^restrict_oom_score_adj = false$/m,
  )
})

test('containerdConfig() quotes what users name', () => {
  assert.match(containerdConfig(settings), /^conf_dir = "\/etc\/\\"quoted\\""$/m)
})

test('findContainerd() names all that is missing in one sentence', async () => {
  await assert.rejects(findContainerd('/nowhere'), {
    name: 'ContainerdError',
    reason: 'missing',
    message:
      'Cannot start containerd: containerd, ctr, runc, containerd-shim-runc-v2 are not on the PATH; install the packages containerd and runc',
  })
})
