import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { bindMount, isMounted, makeShared, mountTmpfs, unmountBelow } from './mounts.node.ts'

const execute = promisify(execFile)
const skip = process.getuid?.() === 0 ? false : 'needs root'

test('makeShared() has mounts reach those who see the directory, once', { skip }, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'trierarch shared-')) // Spaces are written in octal.
  t.after(async () => {
    await unmountBelow(root)
    await rm(root, { recursive: true })
  })
  // What is around it is private on some machines, and shared on others.
  await mountTmpfs(root)
  await execute('mount', ['--make-private', root])
  const [pods, other] = [join(root, 'pods'), join(root, 'other')]
  await makeShared(pods)
  await makeShared(pods)
  const points = async () =>
    (await execute('findmnt', ['-n', '-o', 'PROPAGATION', '--mountpoint', pods])).stdout
  assert.equal(await points(), 'shared\n')

  await mkdir(other)
  await execute('mount', ['--rbind', pods, other])
  await mkdir(join(pods, 'v'))
  await mountTmpfs(join(pods, 'v'))
  assert.ok(await isMounted(join(other, 'v')))
  assert.deepEqual(await readdir(other), ['v'])
})

test('isMounted() tells directories and files from what is around them', { skip }, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'trierarch mounts-'))
  t.after(async () => {
    await unmountBelow(root)
    await rm(root, { recursive: true })
  })
  const [from, to, pipe] = ['from', 'to', 'pipe'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ]
  for (const each of [from, to]) await writeFile(each, '')
  await execute('mkfifo', [pipe])
  for (const each of [root, to, pipe, join(root, 'none')])
    assert.equal(await isMounted(each), false)
  await bindMount(from, to)
  assert.equal(await isMounted(to), true)
  assert.equal(await isMounted(from), false)
  await unmountBelow(to)
  assert.equal(await isMounted(to), false)
})

test('makeShared() leaves alone what has mounts already', { skip }, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'trierarch-shared-'))
  t.after(async () => {
    await unmountBelow(root)
    await rm(root, { recursive: true })
  })
  await mountTmpfs(root)
  await execute('mount', ['--make-private', root])
  const pods = join(root, 'pods')
  await mkdir(join(pods, 'v'), { recursive: true })
  await mountTmpfs(join(pods, 'v'))
  await makeShared(pods)
  assert.equal(await isMounted(pods), false)
})
