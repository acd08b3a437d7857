import { isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Client, ObjectKey } from '../../client/client.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import type { SharedInformers } from '../../client/shared-informers.ts'

interface Referenced {
  readonly users: Set<string>
  /** The resourceVersion that was read last; empty where there was no object. */
  version: string
  /** Undefined before the first read, and where the object cannot change. */
  watch: AsyncDisposable | undefined
}

export interface Versioned {
  readonly metadata: { readonly resourceVersion: string }
  readonly immutable?: boolean
}

/**
 * What the Pods of this node refer to, each object followed by a watch of its own, since a node may read no more than
 * that. An object is followed from the first Pod that uses it until the last one is gone, unless it is immutable
 * (KEP-1412).
 */
export class ReferencedObjects {
  readonly #client: Client
  readonly #informers: SharedInformers
  readonly #changed: (podUid: string) => void
  readonly #referenced = new Map<string, Referenced>()

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
    const key = `${type.resource.plural}/${namespace}/${name}`
    const unread: Referenced = { users: new Set(), version: '', watch: undefined }
    const referenced = this.#referenced.getOrInsert(key, unread)
    referenced.users.add(podUid)
    const object = await this.#get(type, { namespace, name })
    referenced.version = object?.metadata.resourceVersion ?? ''
    if (object?.immutable) await endWatch(referenced)
    else referenced.watch ??= this.#follow(type, { namespace, name }, referenced)
    return object
  }

  /** A Pod is gone: nothing is followed for it any more. */
  async release(podUid: string): Promise<void> {
    for (const [key, referenced] of this.#referenced) {
      const { users } = referenced
      if (!users.delete(podUid) || users.size > 0) continue
      this.#referenced.delete(key)
      await endWatch(referenced)
    }
  }

  async #get<T>(type: ResourceClass<T>, key: ObjectKey): Promise<T | undefined> {
    try {
      return await this.#client.get(type, key)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  #follow<T extends Versioned>(
    type: ResourceClass<T>,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    referenced: Referenced,
  ): AsyncDisposable {
    const scope = { namespace, fieldSelector: `metadata.name=${name}` }
    const tell = (): void => {
      for (const each of referenced.users) this.#changed(each)
    }
    const subscription = this.#informers.informer(type, scope).subscribe({
      add(object) {
        // The watch begins after the read, and may know a newer one.
        if (object.metadata.resourceVersion !== referenced.version) tell()
      },
      update: tell,
      delete: tell,
    })
    return {
      [Symbol.asyncDispose]: () => {
        subscription[Symbol.dispose]()
        return this.#informers.stop(type, scope)
      },
    }
  }
}

async function endWatch(referenced: Referenced): Promise<void> {
  const { watch } = referenced
  referenced.watch = undefined
  await watch?.[Symbol.asyncDispose]()
}
