import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, readlink, rm, stat, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { writeAtomicDirectory } from './atomic-directory.node.ts'
import { mountTmpfs, unmountBelow } from './mounts.node.ts'
import type { Payload } from './payload.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

function payload(files: Readonly<Record<string, string>>, mode = 0o644): Payload {
  return new Map(
    Object.entries(files).map(([name, text]) => [
      name,
      { data: new TextEncoder().encode(text), mode },
    ]),
  )
}

async function volume(t: TestContext) {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-atomic-'))
  t.after(() => rm(path, { recursive: true }))
  const clock = virtualClock()
  return {
    path,
    text: (name: string) => readFile(join(path, name), 'utf8'),
    state: () => readlink(join(path, '..data')),
    names: async () => (await readdir(path)).toSorted(),
    async write(files: Payload, group?: number): Promise<void> {
      await writeAtomicDirectory(path, files, { clock, ...(group !== undefined && { group }) })
      await clock.advance(1)
    },
  }
}

test('writeAtomicDirectory() switches all files at once and removes what is gone', async (t) => {
  const v = await volume(t)
  await v.write(payload({ a: '1', b: '1' }))
  const first = await v.state()
  await v.write(payload({ b: '2', c: '2' }))
  const second = await v.state()
  assert.notEqual(second, first)
  assert.deepEqual(await v.names(), [second, '..data', 'b', 'c'])
  assert.equal(await readlink(join(v.path, 'b')), '..data/b')
  assert.equal(await v.text('b'), '2')
})

test('writeAtomicDirectory() writes nothing where nothing changed', async (t) => {
  const v = await volume(t)
  await v.write(payload({ a: '1' }))
  const first = await v.state()
  await v.write(payload({ a: '1' }))
  assert.equal(await v.state(), first)
})

test('writeAtomicDirectory() mends what a stopped agent left half done', async (t) => {
  const v = await volume(t)
  await v.write(payload({ a: '1' }))
  await unlink(join(v.path, 'a'))
  await v.write(payload({ a: '1' }))
  assert.equal(await v.text('a'), '1')
})

test('writeAtomicDirectory() lays files in directories', async (t) => {
  const v = await volume(t)
  await v.write(payload({ 'x/y/z': '1', 'x/w': '1' }))
  assert.equal(await v.text('x/y/z'), '1')
  await v.write(payload({ 'x/w': '1' }))
  await assert.rejects(v.text('x/y/z'))
  await v.write(payload({}))
  assert.deepEqual(await v.names(), [await v.state(), '..data'])
})

test(
  'writeAtomicDirectory() gives files their modes, owners and the group',
  { skip },
  async (t) => {
    const v = await volume(t)
    await v.write(new Map([['a', { data: new Uint8Array(), mode: 0o600, owner: 1000 }]]), 2000)
    const { uid, gid, mode } = await stat(join(v.path, 'a'))
    assert.deepEqual({ uid, gid, mode: mode & 0o777 }, { uid: 1000, gid: 2000, mode: 0o640 })
    await v.write(payload({ b: '' }, 0o400))
    assert.equal((await stat(join(v.path, 'b'))).mode & 0o777, 0o400)
  },
)

test(
  'writeAtomicDirectory() leaves the old files, and nothing else, on a full disk',
  { skip },
  async (t) => {
    const v = await volume(t)
    await mountTmpfs(v.path, 64 * 1024)
    await using stack = new AsyncDisposableStack()
    stack.defer(() => unmountBelow(v.path))
    await v.write(payload({ a: 'old' }))
    const before = await v.names()
    for (const _ of ['first', 'again'])
      await assert.rejects(v.write(payload({ a: 'new', b: 'x'.repeat(100_000) })), {
        code: 'ENOSPC',
      })
    assert.equal(await v.text('a'), 'old')
    assert.deepEqual(await v.names(), before)
    await v.write(payload({ a: 'new' }))
    assert.equal(await v.text('a'), 'new')
  },
)
