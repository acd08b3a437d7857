import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client } from '../../client/client.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'

interface Watched {
  readonly users: Set<string>
  readonly subscription: Disposable
  readonly stop: () => Promise<void>
  /** The resourceVersion that was read last; empty where there was no object. */
  version: string | undefined
}

export interface Versioned {
  readonly metadata: { readonly resourceVersion: string }
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
  async read<T extends Versioned>(
    type: ResourceClass<T>,
    namespace: string,
    name: string,
    podUid: string,
  ): Promise<T | undefined> {
    const watched = this.#follow(type, namespace, name, podUid)
    try {
      const object = await this.#client.get(type, { namespace, name })
      watched.version = object.metadata.resourceVersion
      return object
    } catch (error) {
      if (!isNotFound(error)) throw error
      watched.version = ''
      return undefined
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

  #follow<T extends Versioned>(
    type: ResourceClass<T>,
    namespace: string,
    name: string,
    podUid: string,
  ): Watched {
    const key = `${type.resource.plural}/${namespace}/${name}`
    const watched = this.#watched.get(key)
    if (watched) {
      watched.users.add(podUid)
      return watched
    }
    const scope = { namespace, fieldSelector: `metadata.name=${name}` }
    const users = new Set([podUid])
    const tell = (): void => {
      for (const each of users) this.#changed(each)
    }
    const subscription = this.#informers.informer(type, scope).subscribe({
      add(object) {
        // The watch began before or after the read; either may know the newer one.
        if (object.metadata.resourceVersion !== added.version) tell()
      },
      update: tell,
      delete: tell,
    })
    const added: Watched = {
      users,
      subscription,
      stop: () => this.#informers.stop(type, scope),
      version: undefined,
    }
    this.#watched.set(key, added)
    return added
  }
}
