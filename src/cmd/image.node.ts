import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { nodeCrypto } from '../base/crypto.node.ts'
import { containerdLayout } from '../kubelet/containerd/layout.ts'
import type { ImageStore } from '../kubelet/containerd/ctr.node.ts'
import { openImageStore } from '../kubelet/containerd/image-store.node.ts'
import { grpcConnection } from '../grpc/grpc-connection.node.ts'
import { imageService } from '../kubelet/cri/image-service.ts'
import type { ImageService } from '../kubelet/cri/types.ts'
import { ImageLoadError, loadImages } from '../kubelet/images/load.node.ts'
import { dataDirectory } from './data-directory.node.ts'
import { UserError } from './user-error.ts'

/** `trierarch image load FILE…`: puts OCI or docker archives into the node's image store. */
export async function load(dataDir: string, files: readonly string[]): Promise<void> {
  const missing = files.find((file) => !existsSync(file))
  if (missing !== undefined) throw new UserError(`Cannot load ${missing}: there is no such file.`)
  await withImages(dataDir, async (store, images) => {
    const loaded = await loadImages(store, images, files).catch((cause: unknown) => {
      throw cause instanceof ImageLoadError ? new UserError(`${cause.message}.`, { cause }) : cause
    })
    for (const { names } of loaded) process.stdout.write(`${names.join('\n')}\n`)
  })
}

/** `trierarch image ls`: lists the images of the node. */
export async function list(dataDir: string): Promise<void> {
  await withImages(dataDir, async (_store, images) => {
    for (const { id, repoTags, size } of await images.listImages({})) {
      const megabytes = (size / 1e6).toFixed(1)
      for (const name of repoTags.length > 0 ? repoTags : ['<none>']) {
        process.stdout.write(`${name.padEnd(60)} ${id.slice(7, 19)} ${megabytes.padStart(8)} MB\n`)
      }
    }
  })
}

async function withImages(
  dataDir: string,
  work: (store: ImageStore, images: ImageService) => Promise<void>,
): Promise<void> {
  const directory = dataDirectory(dataDir)
  const socket = existsSync(directory.node)
    ? containerdLayout(await realpath(directory.node), nodeCrypto()).socket
    : ''
  if (!existsSync(socket)) {
    throw new UserError(
      `No node with containers runs in ${directory.path}: start one with \`trierarch up\`.`,
    )
  }
  using connection = grpcConnection(`unix://${socket}`)
  await work(
    await openImageStore({ dataDir: directory.node, crypto: nodeCrypto() }),
    imageService(connection),
  )
}
