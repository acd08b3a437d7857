import { sleep, type Clock } from '../../../base/clock.ts'
import { findStatusError } from '../../../apimachinery/status-error.ts'
import { isAlreadyExists } from '../../../apimachinery/status-predicates.ts'
import type { Client, ObjectKey, PatchParameters } from '../../../client/client.ts'
import type { AnyObject } from '../../../client/dynamic-class.ts'
import type { ResourceClass } from '../../../schema/resource.ts'
import type { Action } from './action.ts'

export interface ReplayOptions {
  readonly client: Client
  readonly clock: Clock
  readonly types: readonly ResourceClass<AnyObject>[]
  /** How many times as fast as it was recorded. */
  readonly speed: number
  /** Told of what the cluster refused. */
  readonly refused: (action: Action, error: Error) => void
}

type Fields = Readonly<Record<string, unknown>>

/** Does again what was recorded, at the same pace or faster. Answers with how many actions were done. */
export async function replay(actions: readonly Action[], options: ReplayOptions): Promise<number> {
  const { clock, speed, refused } = options
  const player = new Player(options)
  const startMs = clock.monotonic()
  let done = 0
  for (const action of actions) {
    const dueMs = startMs + action.durationNanosecond / 1e6 / speed
    if (dueMs > clock.monotonic()) await sleep(clock, dueMs - clock.monotonic())
    try {
      await player.play(action)
      done += 1
    } catch (error) {
      if (!findStatusError(error)) throw error
      refused(action, error as Error)
    }
  }
  return done
}

class Player {
  readonly #client: Client
  readonly #types: ReadonlyMap<string, ResourceClass<AnyObject>>
  /** UIDs of the recording, and those that the objects have now. */
  readonly #uids = new Map<string, string>()

  constructor({ client, types }: ReplayOptions) {
    this.#client = client
    this.#types = new Map(
      types.map((type) => [`${type.resource.group}/${type.resource.plural}`, type]),
    )
  }

  async play({ resource, target, method, template, patchType }: Action): Promise<void> {
    const type = this.#types.get(`${resource.group ?? ''}/${resource.resource}`)
    if (!type) return
    if (method === 'create') await this.#create(type, target, template as AnyObject & Fields)
    else if (method === 'patch') await this.#patch(type, target, template as Fields, patchType)
    else await this.#client.delete(type, target, { gracePeriodSeconds: 0 })
  }

  async #create(
    type: ResourceClass<AnyObject>,
    target: ObjectKey,
    template: AnyObject & Fields,
  ): Promise<void> {
    const { status, ...object } = template
    const created = await this.#client
      .create(type, { ...object, metadata: this.#metadata(object.metadata) } as never)
      .catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error
        return this.#client.get(type, target)
      })
    this.#uids.set(object.metadata.uid, created.metadata.uid)
    if (status !== undefined) await this.#patchStatus(type, target, status, 'merge')
  }

  async #patch(
    type: ResourceClass<AnyObject>,
    target: ObjectKey,
    template: Fields,
    patchType: 'merge' | 'strategic' = 'strategic',
  ): Promise<void> {
    const { status, metadata = {}, spec, ...rest } = template
    const { nodeName, ...others } = (spec ?? {}) as Fields
    const isBinding = type.resource.kind === 'Pod' && typeof nodeName === 'string'
    if (isBinding) await this.#bind(type, target, nodeName)
    const { deletionTimestamp, deletionGracePeriodSeconds: grace, ...kept } = metadata as Fields
    const changes: Fields = {
      ...rest,
      ...(Object.keys(kept).length > 0 && { metadata: this.#metadata(kept) }),
      ...(spec !== undefined && !isBinding && { spec }),
      ...(isBinding && Object.keys(others).length > 0 && { spec: others }),
    }
    if (Object.keys(changes).length > 0) await this.#send(type, target, patchType, changes)
    if (status !== undefined) await this.#patchStatus(type, target, status, patchType)
    if (typeof deletionTimestamp === 'string')
      await this.#client.delete(type, target, { gracePeriodSeconds: Number(grace ?? 0) })
  }

  async #patchStatus(
    type: ResourceClass<AnyObject>,
    target: ObjectKey,
    status: unknown,
    patchType: 'merge' | 'strategic',
  ): Promise<void> {
    const hasStatus = type.resource.subresources.some(({ name }) => name === 'status')
    if (hasStatus) await this.#send(type, target, patchType, { status }, { subresource: 'status' })
  }

  // Custom resources take no strategic patches: theirs are recorded as such, and are plain ones.
  async #send(
    type: ResourceClass<AnyObject>,
    target: ObjectKey,
    patchType: 'merge' | 'strategic',
    patch: Fields,
    parameters: PatchParameters = {},
  ): Promise<void> {
    try {
      await this.#client.patch(type, target, patchType, patch, parameters)
    } catch (error) {
      if (patchType === 'merge' || findStatusError(error)?.status.code !== 415) throw error
      await this.#client.patch(type, target, 'merge', patch, parameters)
    }
  }

  // A Pod gets its node through its binding alone.
  async #bind(type: ResourceClass<AnyObject>, target: ObjectKey, name: string): Promise<void> {
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: target, target: { name } }
    await this.#client.createSubresource(type, target, 'binding', binding)
  }

  /** What a client may write, with owners as they are here. */
  #metadata(metadata: object): object {
    const {
      uid: _,
      resourceVersion: __,
      creationTimestamp: ___,
      generation: ____,
      managedFields: _____,
      deletionTimestamp: ______,
      deletionGracePeriodSeconds: _______,
      ...kept
    } = metadata as Fields
    const owners = kept['ownerReferences'] as readonly { readonly uid: string }[] | undefined
    if (!owners) return kept
    const ownerReferences = owners.map((owner) => ({
      ...owner,
      uid: this.#uids.get(owner.uid) ?? owner.uid,
    }))
    return { ...kept, ownerReferences }
  }
}
