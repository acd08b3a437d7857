import { open } from 'node:fs/promises'
import { pipeline, type Readable, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { imageVisible, importArchive, type ImageStore } from '../containerd/ctr.node.ts'
import { ContainerdError } from '../containerd/errors.ts'
import type { ImageService } from '../cri/types.ts'

export interface LoadedImages {
  readonly file: string
  /** As Pods may name them. */
  readonly names: readonly string[]
}

/** A file could not be loaded; the message is one sentence for the user. */
export class ImageLoadError extends Error {
  override readonly name = 'ImageLoadError'
}

/**
 * Loads image archives (OCI or docker, plain or compressed with gzip or zstd) into a node's image store, one after the
 * other. When it resolves, Pods can use them. Throws an `ImageLoadError` for the first file that is no such archive.
 */
export async function loadImages(
  store: ImageStore,
  images: ImageService,
  files: readonly string[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly LoadedImages[]> {
  const loaded: LoadedImages[] = []
  for (const file of files) {
    const names = await importFile(store, file, options)
    if (names.length === 0)
      throw new ImageLoadError(`Cannot load ${file}: the image in it has no name`)
    for (const name of names) await imageVisible(images, name, options)
    loaded.push({ file, names })
  }
  return loaded
}

async function importFile(
  store: ImageStore,
  file: string,
  options: { readonly signal?: AbortSignal },
): Promise<readonly string[]> {
  try {
    return await importArchive(store, await decompressed(file), options)
  } catch (error) {
    options.signal?.throwIfAborted()
    throw loadError(file, error)
  }
}

async function decompressed(file: string): Promise<Readable> {
  const handle = await open(file)
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
  const content = handle.createReadStream({ start: 0 })
  const decompress = decompressor(buffer)
  // A failure on either side reaches the reader of the other.
  return decompress ? pipeline(content, decompress, () => undefined) : content
}

function decompressor(firstBytes: Buffer): Transform | undefined {
  if (firstBytes.readUInt16BE(0) === 0x1f8b) return createGunzip()
  if (firstBytes.readUInt32BE(0) === 0x28b52ffd) return createZstdDecompress()
  return undefined
}

function loadError(file: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return new ImageLoadError(`Cannot load ${file}: there is no such file`)
  if (code === 'EISDIR') return new ImageLoadError(`Cannot load ${file}: it is a directory`)
  const unreadable =
    error instanceof ContainerdError &&
    /EOF|tar header|unrecognized image format/.test(error.message)
  if (unreadable || code?.startsWith('Z_') || code?.startsWith('ZSTD_')) {
    return new ImageLoadError(
      `Cannot load ${file}: it is neither an OCI nor a docker image archive`,
      { cause: error },
    )
  }
  return new ImageLoadError(`Cannot load ${file}: ${(error as Error).message}`, { cause: error })
}
