import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { architecture } from '../../src/kubelet/containerd/host.node.ts'
import {
  dockerArchive,
  ociArchive,
  type ImageConfig,
  type ImageContent,
} from '../../src/kubelet/containerd/oci-archive.ts'
import { tarArchive, type TarEntry } from '../../src/kubelet/containerd/tar.ts'

const BUSYBOX = '/bin/busybox' // As Debian's package busybox-static installs it.

export interface BusyboxImage {
  /** The full name, such as `localhost/busybox:1`. */
  readonly name: string
  /** What runs when a container names no command; a shell when absent. */
  readonly cmd?: readonly string[]
  readonly config?: ImageConfig
  /** Files of one's own, in a layer above. */
  readonly files?: readonly TarEntry[]
  readonly format?: 'oci' | 'docker'
}

/** An image of busybox with its applets in `/bin`, as an archive for `trierarch image load`. */
export async function busyboxArchive(image: BusyboxImage): Promise<Uint8Array> {
  const archive = image.format === 'docker' ? dockerArchive : ociArchive
  return archive(await busyboxImage(image), nodeCrypto())
}

/** The same, not packed. */
export async function busyboxImage(image: BusyboxImage): Promise<ImageContent> {
  const { name, cmd = ['sh'], config = {}, files = [] } = image
  const layers = [await busyboxLayer(), ...(files.length > 0 ? [tarArchive(files)] : [])]
  return {
    name,
    architecture: architecture(),
    config: { Cmd: cmd, Env: ['PATH=/bin'], ...config },
    layers,
  }
}

/** Whether images of busybox can be made on this machine. */
export async function hasBusybox(): Promise<boolean> {
  return (await applets().catch(() => [])).length > 0
}

async function busyboxLayer(): Promise<Uint8Array> {
  const [program, names, wget] = await Promise.all([
    readFile(BUSYBOX),
    applets(),
    readFile(join(import.meta.dirname, 'wget.sh')),
  ])
  const directories = ['bin', 'etc', 'root', 'usr', 'var'].map((path): TarEntry => ({
    path,
    type: 'directory',
  }))
  return tarArchive([
    ...directories,
    { path: 'tmp', type: 'directory', mode: 0o1777 },
    { path: 'usr/bin', type: 'symlink', target: '../bin' },
    { path: 'bin/busybox', type: 'file', content: program, mode: 0o755 },
    ...names
      .filter((name) => name !== 'wget')
      .map((name): TarEntry => ({ path: `bin/${name}`, type: 'symlink', target: 'busybox' })),
    { path: 'bin/wget', type: 'file', content: wget, mode: 0o755 },
    text('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
    text('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
  ])
}

async function applets(): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(BUSYBOX, ['--list'])
  return stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
}

function text(path: string, content: string): TarEntry {
  return { path, type: 'file', content: new TextEncoder().encode(content) }
}
