import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const skip = process.getuid?.() === 0 ? false : 'needs root'

// Few kernels that tests run on know NFS. So mount(8) finds another mount.nfs, in a mount namespace of the test's own,
// which shows a directory of this machine, or does not answer.
const HELPER = (directory: string): string => `#!/bin/sh
echo "$@" >> ${directory}/asked
case $1 in
  gone:*) echo 'mount.nfs: Connection timed out' >&2; exit 32 ;;
  *) exec mount --bind ${directory}/export "$2" ;;
esac
`

const WITH_HELPER =
  'mount -t overlay overlay -o "lowerdir=$1/helpers:$(realpath /sbin)" "$(realpath /sbin)" && shift && exec "$@"'

const AGENT = `
import { readFile, writeFile } from 'node:fs/promises'
const [volumes, mounts] = await Promise.all(
  ['persistent-volume.node.ts', 'mounts.node.ts'].map((name) => import(\`${import.meta.dirname}/\${name}\`)),
)
const directory = process.argv[1]
const target = \`\${directory}/target\`
const claimed = (server, readOnly) => ({
  readOnly,
  volume: { spec: { nfs: { server, path: '/data' }, mountOptions: ['nfsvers=4.2', 'hard'] } },
})
const mount = (...of) => volumes.mountPersistent({}, claimed(...of), { dataDir: directory, directory: target })
const failure = await mount('gone', false).catch((error) => error.message)
const mounted = await mount('server', true)
await mount('server', true)
const said = await readFile(\`\${target}/file\`, 'utf8')
await mounts.unmountBelow(target)
const isGone = !(await mounts.isMounted(target))
console.log(JSON.stringify({ failure, mounted, said, isGone }))
`

test(
  'an NFS volume is mounted through the tools of the system, once, and unmounted',
  { skip },
  async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'trierarch-nfs-'))
    t.after(() => rm(directory, { recursive: true }))
    for (const name of ['helpers', 'export']) await mkdir(join(directory, name))
    await writeFile(join(directory, 'export', 'file'), 'of the server\n')
    const helper = join(directory, 'helpers', 'mount.nfs')
    await writeFile(helper, HELPER(directory))
    await chmod(helper, 0o755)
    const agent = [process.execPath, '--input-type=module', '-e', AGENT, directory]
    const program = ['sh', '-c', WITH_HELPER, 'sh', directory, ...agent]
    const { stdout } = await execute('unshare', ['--mount', ...program])
    const target = join(directory, 'target')
    assert.deepEqual(JSON.parse(stdout), {
      failure: `mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs -o nfsvers=4.2,hard gone:/data ${target}\nOutput: mount.nfs: Connection timed out\n`,
      mounted: { hostPath: target, readOnly: true },
      said: 'of the server\n',
      isGone: true,
    })
    assert.equal(
      await readFile(join(directory, 'asked'), 'utf8'),
      `gone:/data ${target} -o rw,nfsvers=4.2,hard\nserver:/data ${target} -o ro,nfsvers=4.2,hard\n`,
    )
  },
)
