/** An image of the node, and what is known of its use. */
export interface KnownImage {
  readonly id: string
  readonly sizeBytes: number
  readonly pinned: boolean
  /** Some container was made from it. */
  readonly inUse: boolean
  /** Milliseconds since the epoch. */
  readonly firstSeenMs: number
  readonly lastUsedMs: number
}

export interface ImageGcSettings {
  readonly highPercent: number
  readonly lowPercent: number
  readonly minAgeMs: number
  /** 0: none is too old. */
  readonly maxAgeMs: number
}

export interface ImageGcView {
  readonly images: readonly KnownImage[]
  readonly capacityBytes: number
  readonly availableBytes: number
  readonly nowMs: number
  /** Since when the use of images has been followed. */
  readonly sinceMs: number
}

export interface ImageGcPlan {
  /** Images that nobody has used for too long. */
  readonly old: readonly KnownImage[]
  /** Images to remove one after the other until so much is free. */
  readonly candidates: readonly KnownImage[]
  /** How much is to be freed besides what is too old; 0 where the disk is not full. */
  readonly freeBytes: number
}

/**
 * Which images to remove: those unused for too long, and where the disk is too full those unused for longest. See
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle
 */
export function planImageGc(view: ImageGcView, settings: ImageGcSettings): ImageGcPlan {
  const { images, capacityBytes, availableBytes, nowMs, sinceMs } = view
  const { highPercent, lowPercent, minAgeMs, maxAgeMs } = settings
  const unused = images.filter(({ inUse, pinned }) => !inUse && !pinned)
  const isOld = ({ lastUsedMs, firstSeenMs }: KnownImage): boolean =>
    maxAgeMs > 0 &&
    nowMs - sinceMs > maxAgeMs &&
    nowMs - Math.max(lastUsedMs, firstSeenMs) > maxAgeMs
  const usedPercent = 100 - Math.floor((availableBytes * 100) / capacityBytes)
  const isFull = capacityBytes > 0 && usedPercent >= highPercent
  return {
    old: unused.filter(isOld),
    candidates: unused
      .filter((image) => !isOld(image) && nowMs - image.firstSeenMs >= minAgeMs)
      .toSorted((a, b) => a.lastUsedMs - b.lastUsedMs || a.firstSeenMs - b.firstSeenMs),
    freeBytes: isFull ? Math.floor((capacityBytes * (100 - lowPercent)) / 100) - availableBytes : 0,
  }
}
