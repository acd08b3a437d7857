import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { ImageService, RuntimeService } from '../cri/types.ts'
import { planImageGc, type ImageGcSettings, type KnownImage } from './plan-image-gc.ts'

export interface ImageGcOptions {
  readonly images: Pick<ImageService, 'listImages' | 'removeImage'>
  readonly runtime: Pick<RuntimeService, 'listContainers'>
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: ImageGcSettings
  /** Names of images that always stay, such as that of sandboxes. */
  readonly keep: readonly string[]
  /** How full the disk of images is; undefined where it is not known. */
  readonly disk: () => Promise<
    { readonly capacityBytes: number; readonly availableBytes: number } | undefined
  >
  /** Told what went, and of a disk that stays too full. */
  readonly observe?: (removed: number, why: 'age' | 'space') => void
  readonly warn: (reason: string, message: string) => void
}

/** Removes images that nobody uses. */
export interface ImageGc {
  /** Looks which images are in use, and removes what is too old, or too much. */
  collect(): Promise<void>
  /** Removes all that nobody uses: there is too little room for anything else. */
  removeUnused(): Promise<void>
}

export function imageGc(options: ImageGcOptions): ImageGc {
  const { clock, images, logger, runtime, settings } = options
  const sinceMs = clock.now()
  let isFirstLook = true
  const records = new Map<string, { readonly firstSeenMs: number; readonly lastUsedMs: number }>()

  const look = async (): Promise<readonly KnownImage[]> => {
    const [all, containers] = await Promise.all([images.listImages(), runtime.listContainers()])
    const used = new Set(
      containers.flatMap(({ imageRef, image }) => [imageRef, image?.image ?? '']),
    )
    const nowMs = clock.now()
    const known = all.map(({ id, repoTags, repoDigests, size, pinned }) => {
      const inUse = [id, ...repoTags, ...repoDigests].some((name) => used.has(name))
      const before = records.get(id)
      const record = {
        // What was there before us may be as old as it likes.
        firstSeenMs: before?.firstSeenMs ?? (isFirstLook ? 0 : nowMs),
        lastUsedMs: inUse ? nowMs : (before?.lastUsedMs ?? 0),
      }
      const isKept = pinned || repoTags.some((name) => options.keep.includes(name))
      return { id, sizeBytes: size, pinned: isKept, inUse, ...record }
    })
    isFirstLook = false
    records.clear()
    for (const { id, firstSeenMs, lastUsedMs } of known)
      records.set(id, { firstSeenMs, lastUsedMs })
    return known
  }
  const remove = async ({ id, sizeBytes }: KnownImage, why: 'age' | 'space'): Promise<number> => {
    try {
      await images.removeImage({ image: id })
    } catch (error) {
      logger.warn('Cannot remove an image', { image: id, error })
      return 0
    }
    records.delete(id)
    options.observe?.(1, why)
    return sizeBytes
  }
  return {
    async collect() {
      const [known, disk] = await Promise.all([look(), options.disk()])
      const { capacityBytes = 0, availableBytes = 0 } = disk ?? {}
      const view = { images: known, capacityBytes, availableBytes, nowMs: clock.now(), sinceMs }
      const plan = planImageGc(view, settings)
      for (const image of plan.old) await remove(image, 'age')
      let freed = 0
      for (const image of plan.candidates) {
        if (freed >= plan.freeBytes) break
        freed += await remove(image, 'space')
      }
      if (freed >= plan.freeBytes) return
      const message = `Failed to garbage collect required amount of images. Attempted to free ${plan.freeBytes} bytes, but only found ${freed} bytes eligible to free.`
      options.warn('FreeDiskSpaceFailed', message)
    },
    async removeUnused() {
      for (const image of await look())
        if (!image.inUse && !image.pinned) await remove(image, 'space')
    },
  }
}
