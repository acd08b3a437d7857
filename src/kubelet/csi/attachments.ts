import { Node } from '../../api/core/v1/node.ts'
import { attachmentName, uniqueName, type CsiHandle } from '../../api/storage/v1/csi-attachment.ts'
import { VolumeAttachment } from '../../api/storage/v1/volume-attachment.ts'
import { abortable } from '../../base/async.ts'
import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'

const WAIT_MS = 123_000 // As long as upstream waits before it says so.

interface AttachmentsOptions {
  readonly client: Client
  readonly nodes: Informer<Node>
  readonly nodeName: string
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'hashHex'>
}

/**
 * What the node says of attached volumes and hears of them: it tells in its status which it uses, so that none of these
 * is taken from it, and sees there which have been attached.
 */
export class Attachments {
  readonly #options: AttachmentsOptions
  readonly #inUse = new Set<string>()
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: AttachmentsOptions) {
    this.#options = options
  }

  nameOf(volume: CsiHandle): string {
    return attachmentName(volume, this.#options.nodeName, this.#options.crypto)
  }

  /** Waits until a volume is attached to this node; gives what the driver said of it. Throws after a while. */
  async wait(volume: CsiHandle, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const name = uniqueName(volume)
    await this.use([name])
    await this.#attached(name, signal)
    return this.contextOf(volume)
  }

  /** What the driver said of a volume that is attached. */
  async contextOf(volume: CsiHandle): Promise<Readonly<Record<string, string>>> {
    const { client } = this.#options
    const attachment = await client.get(VolumeAttachment, { name: this.nameOf(volume) })
    const { attached, attachmentMetadata = {} } = attachment.status
    if (!attached) throw new Error(`volume attachment is not attached: ${attachment.metadata.name}`)
    return attachmentMetadata
  }

  /** Tells that volumes are used. */
  async use(names: readonly string[]): Promise<void> {
    const more = names.filter((name) => !this.#inUse.has(name))
    if (more.length === 0) return
    for (const name of more) this.#inUse.add(name)
    try {
      await this.#tell()
    } catch (error) {
      for (const name of more) this.#inUse.delete(name)
      throw error
    }
  }

  /** Tells that a volume is used no more: it may be taken away. */
  async release(name: string): Promise<void> {
    if (!this.#inUse.delete(name)) return
    try {
      await this.#tell()
    } catch (error) {
      this.#inUse.add(name)
      throw error
    }
  }

  #tell(): Promise<unknown> {
    const { client, nodeName } = this.#options
    const write = (): Promise<unknown> => {
      const patch = { status: { volumesInUse: [...this.#inUse].toSorted() } }
      return client.patch(Node, { name: nodeName }, 'merge', patch, { subresource: 'status' })
    }
    // One after the other: an older list must not come last.
    this.#writing = this.#writing.then(write, write)
    return this.#writing
  }

  async #attached(name: string, signal: AbortSignal): Promise<void> {
    const { nodes, nodeName, clock } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    using _late = clock.after(WAIT_MS, () =>
      reject(new Error('timed out waiting for the condition')),
    )
    const isAttached = (node: Node | undefined): boolean =>
      node?.status.volumesAttached?.some((each) => each.name === name) ?? false
    using _seen = nodes.whenObject({ name: nodeName }, isAttached, resolve)
    await abortable(promise, signal)
  }
}
