import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { ClaimedVolume } from './claimed-volume.ts'
import { unmountBelow } from './mounts.node.ts'
import { mountPersistent } from './persistent-volume.node.ts'

const execute = promisify(execFile)
const DISK_BYTES = 16 * 2 ** 20
const pod = { spec: { securityContext: { fsGroup: 2000 } } } as unknown as Pod

const isRoot = process.getuid?.() === 0
const skip = isRoot ? await whyNoDisks() : 'needs root'

async function whyNoDisks(): Promise<string | false> {
  try {
    await execute('losetup', ['-f'])
    return false
  } catch {
    return 'this machine has no loop devices'
  }
}

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-persistent-'))
  t.after(async () => {
    await unmountBelow(path)
    await rm(path, { recursive: true })
  })
  return path
}

/** An empty disk. */
async function disk(t: TestContext, dataDir: string): Promise<string> {
  const file = join(dataDir, 'disk')
  await writeFile(file, '')
  await truncate(file, DISK_BYTES)
  const { stdout } = await execute('losetup', ['-f', '--show', file])
  const device = stdout.trim()
  t.after(() => execute('losetup', ['-d', device]))
  return device
}

function claimed(spec: Partial<PersistentVolume['spec']>, readOnly = false): ClaimedVolume {
  return { volume: { spec } as PersistentVolume, readOnly } as ClaimedVolume
}

test('an empty disk is given a file system, which stays', { skip }, async (t) => {
  const dataDir = await directory(t)
  const path = await disk(t, dataDir)
  const [first, second] = [join(dataDir, 'first'), join(dataDir, 'second')]
  const volume = { local: { path } }
  await assert.rejects(mountPersistent(pod, claimed(volume, true), { dataDir, directory: first }), {
    message: `cannot mount unformatted disk ${path} as we are manipulating it in read-only mode`,
  })
  const mounted = await mountPersistent(pod, claimed(volume), { dataDir, directory: first })
  assert.deepEqual(mounted, { hostPath: first, readOnly: false })
  assert.equal((await stat(first)).gid, 2000)
  await writeFile(join(first, 'file'), 'data')
  // A second Pod of the node has it at the same time, and a later one finds it as it was.
  await mountPersistent(pod, claimed(volume), { dataDir, directory: second })
  assert.equal(await readFile(join(second, 'file'), 'utf8'), 'data')
  await unmountBelow(dataDir)
  await mountPersistent(pod, claimed(volume), { dataDir, directory: second })
  assert.equal(await readFile(join(second, 'file'), 'utf8'), 'data')
})

test('a disk with something else on it is not overwritten', { skip }, async (t) => {
  const dataDir = await directory(t)
  const path = await disk(t, dataDir)
  await execute('mkfs.ext4', ['-q', path])
  const asked = claimed({ local: { path, fsType: 'xfs' } })
  await assert.rejects(
    mountPersistent(pod, asked, { dataDir, directory: join(dataDir, 'v') }),
    /^Error: failed to mount the volume as "xfs", it already contains ext4\. Mount error: mount failed: exit status 32/,
  )
})

test('a block volume is the device itself', { skip }, async (t) => {
  const dataDir = await directory(t)
  const path = await disk(t, dataDir)
  const place = { dataDir, directory: join(dataDir, 'v') }
  const block = claimed({ local: { path }, volumeMode: 'Block' })
  assert.deepEqual(await mountPersistent(pod, block, place), {
    hostPath: '',
    readOnly: false,
    devicePath: path,
  })
  const folder = join(dataDir, 'folder')
  await mkdir(folder)
  const other = claimed({ local: { path: folder }, volumeMode: 'Block' })
  await assert.rejects(mountPersistent(pod, other, place), /is not a block device$/)
})

test('a local volume whose path is missing is refused', async (t) => {
  const dataDir = await directory(t)
  const missing = claimed({ local: { path: join(dataDir, 'missing') } })
  await assert.rejects(mountPersistent(pod, missing, { dataDir, directory: join(dataDir, 'v') }), {
    message: `path "${join(dataDir, 'missing')}" does not exist`,
  })
})

test(
  'a mount that fails says what was tried',
  { skip: isRoot ? false : 'needs root' },
  async (t) => {
    const dataDir = await directory(t)
    const nfs = claimed({ nfs: { server: '127.0.0.1', path: '/nothing', readOnly: false } })
    const target = join(dataDir, 'v')
    await assert.rejects(
      mountPersistent(pod, nfs, { dataDir, directory: target }),
      (error: Error) => {
        const lines = error.message.split('\n').slice(1, 3)
        const wanted = [
          'Mounting command: mount',
          `Mounting arguments: -t nfs 127.0.0.1:/nothing ${target}`,
        ]
        assert.deepEqual(lines, wanted)
        return true
      },
    )
  },
)
