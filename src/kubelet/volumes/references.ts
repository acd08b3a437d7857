import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client } from '../../client/client.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'

interface Watched {
  readonly users: Set<string>
  readonly subscription: Disposable
  readonly stop: () => Promise<void>
}

/**
 * What the Pods of this node refer to, each object followed by a watch of its own, since a node may read no more than
 * that. An object is followed from the first Pod that uses it until the last one is gone.
 */
export class ReferencedObjects {
  readonly #client: Client
  readonly #informers: SharedInformers
  readonly #changed: (podUid: string) => void
  readonly #watched = new Map<string, Watched>()

  constructor(client: Client, informers: SharedInformers, changed: (podUid: string) => void) {
    this.#client = client
    this.#informers = informers
    this.#changed = changed
  }

  /** Reads an object for a Pod, which is told of changes from now on; undefined where there is none. */
  async read<T>(
    type: ResourceClass<T>,
    namespace: string,
    name: string,
    podUid: string,
  ): Promise<T | undefined> {
    this.#follow(type, namespace, name, podUid)
    try {
      return await this.#client.get(type, { namespace, name })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** A Pod is gone: nothing is followed for it any more. */
  async release(podUid: string): Promise<void> {
    for (const [key, { users, subscription, stop }] of this.#watched) {
      if (!users.delete(podUid) || users.size > 0) continue
      this.#watched.delete(key)
      subscription[Symbol.dispose]()
      await stop()
    }
  }

  #follow<T>(type: ResourceClass<T>, namespace: string, name: string, podUid: string): void {
    const key = `${type.resource.plural}/${namespace}/${name}`
    const watched = this.#watched.get(key)
    if (watched) {
      watched.users.add(podUid)
      return
    }
    const scope = { namespace, fieldSelector: `metadata.name=${name}` }
    const users = new Set([podUid])
    const tell = (): void => {
      for (const each of users) this.#changed(each)
    }
    const subscription = this.#informers.informer(type, scope).subscribe({
      add: (_object, initial) => (initial ? undefined : tell()),
      update: tell,
      delete: tell,
    })
    this.#watched.set(key, { users, subscription, stop: () => this.#informers.stop(type, scope) })
  }
}
