import type { Crypto } from '../../base/crypto.ts'
import { normalizeImage } from '../images/reference.ts'
import type { Architecture } from './elf.ts'
import { tarArchive, type TarEntry } from './tar.ts'

/** How an image's containers start, in the words of the OCI image configuration. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly WorkingDir?: string
  readonly User?: string
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>>
  readonly Labels?: Readonly<Record<string, string>>
  readonly StopSignal?: string
}

export interface ImageContent {
  /** Such as `localhost/busybox:1`; short for Docker Hub's. */
  readonly name: string
  readonly architecture: Architecture
  readonly config: ImageConfig
  /** Each layer as an uncompressed tar archive, the lowest first. */
  readonly layers: readonly Uint8Array[]
}

type Hashes = Pick<Crypto, 'hashHex'>

/** An image as a registry holds it: the manifest, then the configuration and the layers that it names. */
export function imageBlobs(
  image: ImageContent,
  crypto: Hashes,
): readonly [manifest: Blob, ...others: Blob[]] {
  const layers = image.layers.map((bytes) => blob('layer.v1.tar', bytes, crypto))
  const config = blob('config.v1+json', configBytes(image, crypto), crypto)
  const manifest = blob('manifest.v1+json', manifestBytes(config, layers), crypto)
  return [manifest, ...unique([config, ...layers])]
}

/**
 * An archive of one image as the OCI image layout has it (https://github.com/opencontainers/image-spec), which
 * containerd, Docker, podman and skopeo can load. The same content always makes the same bytes.
 */
export function ociArchive(image: ImageContent, crypto: Hashes): Uint8Array {
  const blobs = imageBlobs(image, crypto)
  return tarArchive([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', indexBytes(image, blobs[0])),
    { path: 'blobs', type: 'directory' },
    { path: 'blobs/sha256', type: 'directory' },
    ...blobs.map(({ hash, bytes }) => file(`blobs/sha256/${hash}`, bytes)),
  ])
}

/** An archive of one image as `docker save` makes it. */
export function dockerArchive(image: ImageContent, crypto: Hashes): Uint8Array {
  const layers = image.layers.map((bytes) => blob('layer.v1.tar', bytes, crypto))
  const config = blob('config.v1+json', configBytes(image, crypto), crypto)
  const manifest = {
    Config: `${config.hash}.json`,
    RepoTags: [image.name],
    Layers: layers.map(({ hash }) => `${hash}.tar`),
  }
  return tarArchive([
    file(`${config.hash}.json`, config.bytes),
    ...unique(layers).map(({ hash, bytes }) => file(`${hash}.tar`, bytes)),
    file('manifest.json', json([manifest])),
  ])
}

/** Some bytes, named by their hash. */
export interface Blob {
  readonly hash: string
  readonly bytes: Uint8Array
  /** How others refer to it (an OCI content descriptor). */
  readonly descriptor: {
    readonly mediaType: string
    readonly digest: string
    readonly size: number
  }
}

function blob(type: string, bytes: Uint8Array, crypto: Hashes): Blob {
  const hash = crypto.hashHex('sha256', bytes)
  const mediaType = `application/vnd.oci.image.${type}`
  return { hash, bytes, descriptor: { mediaType, digest: `sha256:${hash}`, size: bytes.length } }
}

function configBytes({ architecture, config, layers }: ImageContent, crypto: Hashes): Uint8Array {
  const diffIds = layers.map((bytes) => `sha256:${crypto.hashHex('sha256', bytes)}`)
  return json({ architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: diffIds } })
}

function manifestBytes(config: Blob, layers: readonly Blob[]): Uint8Array {
  return json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  })
}

function indexBytes({ name, architecture }: ImageContent, manifest: Blob): Uint8Array {
  const fullName = normalizeImage(name) // Who loads it takes the name as it is.
  // containerd takes the whole name from its own annotation, others from the standard one.
  const annotations = {
    'io.containerd.image.name': fullName,
    'org.opencontainers.image.ref.name': fullName,
  }
  const platform = { architecture, os: 'linux' }
  return json({ schemaVersion: 2, manifests: [{ ...manifest.descriptor, platform, annotations }] })
}

function unique(blobs: readonly Blob[]): Blob[] {
  return [...new Map(blobs.map((blob) => [blob.hash, blob])).values()]
}

function file(path: string, content: Uint8Array): TarEntry {
  return { path, type: 'file', content }
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
