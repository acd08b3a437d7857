import { readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Crypto } from '../../base/crypto.ts'
import type { RuntimeService } from '../cri/types.ts'
import type { ContainerdLayout } from './layout.ts'

// Shims put their sockets into a directory that all containerds share.
const DIRECTORY = '/run/containerd/s'
const ADDRESS_FILES = ['address', 'bootstrap.json'] // Of containerd 1 and of 2.

/**
 * The same runtime, which leaves no socket of a sandbox that is removed. Shims remove their own, but where one was killed
 * nobody would.
 */
export function withoutShimSockets(
  runtime: RuntimeService,
  { socket }: Pick<ContainerdLayout, 'socket'>,
  crypto: Pick<Crypto, 'hashHex'>,
): RuntimeService {
  return {
    ...runtime,
    async removePodSandbox(id, options) {
      await runtime.removePodSandbox(id, options)
      const name = crypto.hashHex('sha256', join(socket, 'k8s.io', id))
      await rm(join(DIRECTORY, name), { force: true })
    },
  }
}

/** Removes the sockets of shims that were killed with their containerd; each says where it is in a file of its own. */
export async function removeShimSockets({ state }: Pick<ContainerdLayout, 'state'>): Promise<void> {
  const bundles = join(state, 'io.containerd.runtime.v2.task', 'k8s.io')
  for (const id of await readdir(bundles).catch(() => [])) {
    for (const file of ADDRESS_FILES) {
      const text = await readFile(join(bundles, id, file), 'utf8').catch(() => '')
      const socket = /unix:\/\/([^"\s]+)/.exec(text)?.[1]
      if (socket !== undefined) await rm(socket, { force: true })
    }
  }
}
