import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { writeAtomicDirectory } from './atomic-directory.node.ts'
import { isMounted, unmountBelow } from './mounts.node.ts'
import { mountSubPath, openSubPath } from './sub-path.node.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

async function directory(t: TestContext): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'trierarch-sub-path-')))
  t.after(async () => {
    await unmountBelow(path)
    await rm(path, { recursive: true })
  })
  return path
}

test('openSubPath() refuses paths that lead out of the volume', async (t) => {
  const root = await directory(t)
  await symlink('/', join(root, 'root'))
  await symlink('..', join(root, 'up'))
  await mkdir(join(root, 'in'))
  await symlink('/etc', join(root, 'in', 'etc'))
  for (const out of ['..', 'a/../..', '/etc'])
    await assert.rejects(openSubPath(root, out), /must be a relative path within the volume/)
  for (const out of ['root', 'root/etc', 'up', 'in/etc', 'in/etc/passwd'])
    await assert.rejects(openSubPath(root, out), {
      message: `subpath "${join(root, out)}" not within volume path "${root}"`,
    })
})

test('openSubPath() makes no directory behind a link that leads out', async (t) => {
  const [root, other] = [await directory(t), await directory(t)]
  await symlink(other, join(root, 'out'))
  await assert.rejects(openSubPath(root, 'out/new'))
  await assert.rejects(stat(join(other, 'new')))
})

test('openSubPath() makes missing directories, with the mode of the volume', async (t) => {
  const root = await directory(t)
  const volume = join(root, 'volume')
  await mkdir(volume, { mode: 0o750 })
  await using made = await openSubPath(volume, './a//b')
  assert.equal((await made.stat()).mode & 0o7777, 0o750)
  assert.ok((await stat(join(volume, 'a', 'b'))).isDirectory())
})

test('openSubPath() follows links within the volume', async (t) => {
  const root = await directory(t)
  await mkdir(join(root, 'real'))
  await writeFile(join(root, 'real', 'file'), 'x')
  await symlink('real', join(root, 'link'))
  await using file = await openSubPath(root, 'link/file')
  assert.equal((await file.stat()).ino, (await stat(join(root, 'real', 'file'))).ino)
})

test(
  'mountSubPath() mounts a key of a volume, and the new one after a change',
  { skip },
  async (t) => {
    const root = await directory(t)
    const [volume, target] = [join(root, 'volume'), join(root, 'target')]
    const clock = virtualClock()
    const write = async (text: string): Promise<void> => {
      const data = new TextEncoder().encode(text)
      await writeAtomicDirectory(volume, new Map([['key', { data, mode: 0o644 }]]), { clock })
      await clock.advance(1)
    }
    await write('one')
    assert.equal(await mountSubPath(volume, 'key', target), target)
    await mountSubPath(volume, 'key', target)
    await write('two')
    assert.equal(await readFile(target, 'utf8'), 'one') // Containers that run keep what they have.
    await mountSubPath(volume, 'key', target)
    assert.equal(await readFile(target, 'utf8'), 'two')
    await unmountBelow(root)
    assert.equal(await isMounted(target), false)
  },
)
