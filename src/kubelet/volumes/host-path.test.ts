import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { prepareHostPath } from './host-path.node.ts'
import { run } from '../containerd/run.node.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

async function directory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'trierarch-host-path-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

test('prepareHostPath() makes what is to be made, once, and nothing else', async (t) => {
  const root = await directory(t)
  const [made, file, missing] = ['a/b', 'file', 'c'].map((name) => join(root, name))
  for (const _ of ['first', 'again']) {
    await prepareHostPath({ path: made!, type: 'DirectoryOrCreate' })
    await prepareHostPath({ path: file!, type: 'FileOrCreate' })
  }
  assert.equal((await stat(made!)).mode & 0o777, 0o755)
  assert.equal((await stat(file!)).mode & 0o777, 0o644)
  await prepareHostPath({ path: missing!, type: '' })
  await assert.rejects(stat(missing!))
  await assert.rejects(prepareHostPath({ path: join(missing!, 'f'), type: 'FileOrCreate' }))
})

test('prepareHostPath() knows each type from all others', { skip }, async (t) => {
  const root = await directory(t)
  const at = (name: string): string => join(root, name)
  const server = createServer().listen(at('socket'))
  t.after(() => server.close())
  await once(server, 'listening')
  await writeFile(at('file'), '')
  await run('mknod', [at('char'), 'c', '1', '3'])
  await run('mknod', [at('block'), 'b', '7', '250'])
  const kinds = {
    Directory: [root, 'a directory'],
    DirectoryOrCreate: [root, 'a directory'],
    File: [at('file'), 'a file'],
    FileOrCreate: [at('file'), 'a file'],
    Socket: [at('socket'), 'a socket file'],
    CharDevice: [at('char'), 'a character device'],
    BlockDevice: [at('block'), 'a block device'],
  } as const
  for (const type of Object.keys(kinds) as (keyof typeof kinds)[])
    for (const [path] of Object.values(kinds)) {
      const prepared = prepareHostPath({ path, type })
      const [own, what] = kinds[type]
      if (path === own) await prepared
      else
        await assert.rejects(prepared, {
          message: `hostPath type check failed: ${path} is not ${what}`,
        })
    }
  await assert.rejects(prepareHostPath({ path: at('none'), type: 'Socket' }), {
    message: `hostPath type check failed: ${at('none')} is not a socket file`,
  })
})
