import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { leaveRootDirectory, rootDirectory, useRootDirectory } from './root-directory.node.ts'

test('useRootDirectory() takes a directory that nobody else uses, and remembers it', async (t) => {
  const base = await mkdtemp(join(tmpdir(), 'trierarch-root-'))
  t.after(() => rm(base, { recursive: true }))
  const [one, two, root] = ['one', 'two', 'root'].map((name) => join(base, name))
  for (const each of [one!, two!]) await mkdir(each)
  assert.equal(await rootDirectory(one!), one)
  assert.equal(await useRootDirectory(one!, root!), root)
  assert.equal(await useRootDirectory(one!, root!), root)
  assert.equal(await rootDirectory(one!), root)
  await assert.rejects(useRootDirectory(two!, root!), {
    message: `Cannot keep the files of Pods in ${root}: another node agent does; choose another directory with --root-dir.`,
  })
  await mkdir(join(root!, 'pods', 'uid'), { recursive: true })
  await assert.rejects(useRootDirectory(one!, join(base, 'other')), /there are Pods in .*root;/)
  await leaveRootDirectory(one!)
  assert.equal(await rootDirectory(one!), one)
  assert.equal(await useRootDirectory(two!, root!), root)
  const upstreams = join(base, 'upstreams')
  await mkdir(upstreams)
  await writeFile(join(upstreams, 'config.yaml'), '')
  await assert.rejects(useRootDirectory(one!, upstreams), /another node agent does/)
})
