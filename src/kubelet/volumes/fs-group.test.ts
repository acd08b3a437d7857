import assert from 'node:assert/strict'
import { chmod, lstat, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Pod } from '../../api/core/v1/pod.ts'
import { giveToGroup } from './fs-group.node.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const GROUP = 2000

const podWith = (securityContext: object): Pod => ({ spec: { securityContext } }) as Pod

/** A volume with a file in a directory, and a link to a file that is elsewhere. */
async function volume(t: TestContext) {
  const around = await mkdtemp(join(tmpdir(), 'trierarch-fs-group-'))
  t.after(() => rm(around, { recursive: true }))
  const [root, elsewhere] = [join(around, 'volume'), join(around, 'elsewhere')]
  await mkdir(join(root, 'below'), { recursive: true, mode: 0o700 })
  await writeFile(join(root, 'below', 'file'), '', { mode: 0o600 })
  await writeFile(elsewhere, '', { mode: 0o600 })
  await symlink(elsewhere, join(root, 'link'))
  return { root, file: join(root, 'below', 'file'), elsewhere, link: join(root, 'link') }
}

const seen = async (path: string) => {
  const { gid, mode } = await stat(path)
  return { gid, mode: mode & 0o7777 }
}

test(
  'giveToGroup() gives all of a volume to the group, and nothing that is elsewhere',
  { skip },
  async (t) => {
    const { root, file, elsewhere, link } = await volume(t)
    await giveToGroup(root, podWith({ fsGroup: GROUP }))
    for (const directory of [root, join(root, 'below')])
      assert.deepEqual(await seen(directory), { gid: GROUP, mode: 0o2770 })
    assert.deepEqual(await seen(file), { gid: GROUP, mode: 0o660 })
    assert.equal((await lstat(link)).gid, GROUP)
    assert.deepEqual(await seen(elsewhere), { gid: 0, mode: 0o600 })
  },
)

test('giveToGroup() leaves volumes alone whose Pod has no group', { skip }, async (t) => {
  const { root } = await volume(t)
  await giveToGroup(root, podWith({}))
  assert.deepEqual(await seen(root), { gid: 0, mode: 0o700 })
})

test('giveToGroup() looks at the root alone with OnRootMismatch', { skip }, async (t) => {
  const { root, file } = await volume(t)
  const once = podWith({ fsGroup: GROUP, fsGroupChangePolicy: 'OnRootMismatch' })
  await giveToGroup(root, once)
  await chmod(file, 0o600)
  await giveToGroup(root, once)
  assert.equal((await seen(file)).mode, 0o600)
  await giveToGroup(root, podWith({ fsGroup: GROUP, fsGroupChangePolicy: 'Always' }))
  assert.equal((await seen(file)).mode, 0o660)
  // Without the bit that new files get their group by, it is not done.
  await chmod(file, 0o600)
  await chmod(root, 0o770)
  await giveToGroup(root, once)
  assert.equal((await seen(file)).mode, 0o660)
})
