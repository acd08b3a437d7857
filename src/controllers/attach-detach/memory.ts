import type { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import { onAbort } from '../../base/async.ts'
import type { Informer } from '../../client/informer.ts'

/** What is remembered between passes. */
export class Memory {
  /** Since when nobody has wanted an attachment, by its uid. */
  readonly #unwantedSinceMs = new Map<string, number>()
  /** What was last told of something. */
  readonly #told = new Map<string, string>()
  #informer: Informer<VolumeAttachment> | undefined

  /** Forgets attachments that are gone, until disposed. */
  follow(informer: Informer<VolumeAttachment>): Disposable {
    this.#informer = informer
    return informer.subscribe({
      delete: ({ metadata }) => {
        this.#unwantedSinceMs.delete(metadata.uid)
        this.#told.delete(metadata.uid)
      },
    })
  }

  /** For how long nobody has wanted an attachment. */
  unwantedMs({ metadata }: VolumeAttachment, isWanted: boolean, nowMs: number): number {
    if (!isWanted) return nowMs - this.#unwantedSinceMs.getOrInsert(metadata.uid, nowMs)
    this.#unwantedSinceMs.delete(metadata.uid)
    return 0
  }

  /** Whether this has not just been told of `subject`; it has now. */
  isNews(subject: string, what: string): boolean {
    if (this.#told.get(subject) === what) return false
    this.#told.set(subject, what)
    return true
  }

  forget(subject: string): void {
    this.#told.delete(subject)
  }

  /** Resolves once the cache shows an attachment, or all is over. */
  async seen({ metadata }: VolumeAttachment, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    using _seen = this.#informer?.whenSeen(metadata.resourceVersion, resolve)
    using _aborted = onAbort(signal, resolve)
    await promise
  }
}
