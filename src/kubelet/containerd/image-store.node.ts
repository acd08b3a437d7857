import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Crypto } from '../../base/crypto.ts'
import { findContainerd, searchPathFrom } from './binaries.node.ts'
import type { ImageStore } from './ctr.node.ts'
import { findDaemons } from './daemon.node.ts'
import { ContainerdError } from './errors.ts'
import { snapshotter } from './host.node.ts'
import { containerdLayout } from './layout.ts'

/** The image store of the containerd that runs for a data directory. Throws a `ContainerdError` where none does. */
export async function openImageStore(options: {
  readonly dataDir: string
  readonly crypto: Pick<Crypto, 'hashHex'>
  readonly runRoot?: string
}): Promise<ImageStore> {
  const layout = containerdLayout(await realpath(options.dataDir), options.crypto, options.runRoot)
  const [daemon] = await findDaemons(layout)
  if (!daemon) {
    throw new ContainerdError('failed', `Cannot reach containerd: none runs for ${options.dataDir}`)
  }
  const { ctr } = await findContainerd(searchPathFrom(dirname(daemon.argv[0]!))) // Of its release.
  return { ctr, address: layout.socket, snapshotter: await snapshotter(layout.root) }
}
