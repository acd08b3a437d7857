import type { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import { onAbort } from '../../base/async.ts'
import type { Informer } from '../../client/informer.ts'

/** What is remembered between passes. */
export class Memory {
  /** Since when nobody has wanted an attachment, by its uid. */
  readonly #unwantedSinceMs = new Map<string, number>()
  /** What its driver last said of an attachment, by its uid. */
  readonly #failures = new Map<string, string>()
  /** What keeps volumes from a node, by the names of both. */
  readonly #blocked = new Map<string, ReadonlyMap<string, string>>()
  #informer: Informer<VolumeAttachment> | undefined

  /** Forgets attachments that are gone, until disposed. */
  follow(informer: Informer<VolumeAttachment>): Disposable {
    this.#informer = informer
    return informer.subscribe({
      delete: ({ metadata }) => {
        this.#unwantedSinceMs.delete(metadata.uid)
        this.#failures.delete(metadata.uid)
      },
    })
  }

  /** For how long nobody has wanted an attachment. */
  unwantedMs({ metadata }: VolumeAttachment, isWanted: boolean, nowMs: number): number {
    if (!isWanted) return nowMs - this.#unwantedSinceMs.getOrInsert(metadata.uid, nowMs)
    this.#unwantedSinceMs.delete(metadata.uid)
    return 0
  }

  /** Whether this has not been told of an attachment before; it has now. */
  isNewFailure({ metadata }: VolumeAttachment, failure: string): boolean {
    if (this.#failures.get(metadata.uid) === failure) return false
    this.#failures.set(metadata.uid, failure)
    return true
  }

  /** Notes what keeps volumes from a node now; gives the volumes of which that has not just been told. */
  newlyBlocked(nodeName: string, blocked: ReadonlyMap<string, string>): ReadonlySet<string> {
    const before = this.#blocked.get(nodeName)
    if (blocked.size > 0) this.#blocked.set(nodeName, blocked)
    else this.#blocked.delete(nodeName)
    const news = [...blocked].filter(([volume, problem]) => before?.get(volume) !== problem)
    return new Set(news.map(([volume]) => volume))
  }

  /** Resolves once the cache shows an attachment, or all is over. */
  async seen({ metadata }: VolumeAttachment, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    using _seen = this.#informer?.whenSeen(metadata.resourceVersion, resolve)
    using _aborted = onAbort(signal, resolve)
    await promise
  }
}
