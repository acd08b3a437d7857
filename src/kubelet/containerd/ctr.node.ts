import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { ImageService } from '../cri/types.ts'
import { ContainerdError } from './errors.ts'
import { run } from './run.node.ts'

/** How to reach a containerd's images as its own tool does. */
export interface ImageStore {
  /** The path of `ctr`. */
  readonly ctr: string
  /** containerd's socket. */
  readonly address: string
  readonly snapshotter: string
}

const VISIBLE_TIMEOUT_MS = 10_000
const VISIBLE_RETRY_MS = 5

/** The namespace in containerd where CRI keeps its images and containers. */
export const CRI_NAMESPACE = 'k8s.io'

/**
 * Imports an image archive (OCI or docker, not compressed) and unpacks it. Gives the names as containerd printed them.
 */
export async function importArchive(
  store: ImageStore,
  archive: Readable | Uint8Array,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const input = archive instanceof Readable ? archive : Readable.from([archive])
  const output = await ctr(store, ['images', 'import', '--snapshotter', store.snapshotter, '-'], {
    ...(options.signal && { signal: options.signal }),
    input,
  })
  // As containerd 1 says it, and as 2 does.
  const names = output.matchAll(/^unpacking (\S+) |^(\S+)\s+saved\s*$/gm)
  return [...names].map(([, unpacking, saved]) => (unpacking ?? saved)!)
}

/** Waits until CRI shows an image that was imported, of which containerd tells it a moment later. */
export async function imageVisible(
  images: ImageService,
  name: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const deadline = performance.now() + VISIBLE_TIMEOUT_MS
  while (!(await images.imageStatus({ image: name }, options))) {
    if (performance.now() > deadline) {
      throw new ContainerdError('failed', `the container runtime does not show image ${name}`)
    }
    await delay(VISIBLE_RETRY_MS)
  }
}

/** Runs `ctr` in CRI's namespace. Throws a `ContainerdError` with what it said. */
export async function ctr(
  store: ImageStore,
  args: readonly string[],
  options: { readonly input?: Readable; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const base = ['--address', store.address, '--namespace', CRI_NAMESPACE]
  const { code, stdout, stderr } = await run(store.ctr, [...base, ...args], options)
  if (code === 0) return stdout
  const said =
    stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^ctr: /, '') ?? ''
  throw new ContainerdError('failed', said)
}
