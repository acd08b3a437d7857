import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { watchedPath } from './watched-path.node.ts'

test('watchedPath() waits for a path that is not there, and for its parents', async () => {
  const root = await mkdtemp(join(tmpdir(), 'trierarch-watched-'))
  const path = join(root, 'a', 'b')
  let changed = Promise.withResolvers<void>()
  const until = async (work: () => Promise<unknown>): Promise<void> => {
    changed = Promise.withResolvers()
    await work()
    await changed.promise
  }
  using _ = watchedPath(path, {
    onChange: () => changed.resolve(),
    onError: (error) => changed.reject(error),
  })
  await until(() => mkdir(path, { recursive: true }))
  await until(() => writeFile(join(path, 'one'), 'x'))
  await until(() => rm(join(root, 'a'), { recursive: true }))
  await until(() => mkdir(path, { recursive: true }))
  await until(() => writeFile(join(path, 'two'), 'x'))
  await rm(root, { recursive: true })
})
