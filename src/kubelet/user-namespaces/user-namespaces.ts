import type { Pod } from '../../api/core/v1/pod.ts'
import type { Logger } from '../../base/logger.ts'
import type { RuntimeState } from '../node/runtime-state.ts'
import { parseSaved, type StateFile } from '../state-file.ts'

/** The users of one Pod: those from 0 on are, outside of it, those from `hostId` on. */
export interface UserMapping {
  readonly hostId: number
  readonly length: number
}

export interface UserNamespacesOptions extends StateFile {
  /** How many users each Pod has; a multiple of 65536. */
  readonly idsPerPod: number
  readonly podsMax: number
  readonly handlers: RuntimeState['handlers']
  readonly logger: Logger
}

/** Gives Pods with `hostUsers: false` users of their own, that no other Pod has (KEP-127). */
export interface UserNamespaces {
  /** The users of a Pod; undefined where it has the node's. Rejects where the runtime cannot do it, or none are left. */
  mapping(pod: Pod, handler: string): Promise<UserMapping | undefined>
  /** The Pods that have any, by uid. */
  holders(): readonly string[]
  /** Nothing of the Pod runs any more. */
  release(uid: string): Promise<void>
}

const FIRST_ID = 65_536 // Those below are the node's own.

export function userNamespaces(options: UserNamespacesOptions): UserNamespaces {
  const { idsPerPod: length, podsMax, handlers } = options
  const saved = parseSaved<Readonly<Record<string, number>>>(
    options,
    {},
    'Cannot read which users Pods have',
  )
  const blocks = new Map(Object.entries(saved))
  const save = (): Promise<void> => options.save(JSON.stringify(Object.fromEntries(blocks)))
  const take = (uid: string): number => {
    const taken = new Set(blocks.values())
    const block = Array.from({ length: podsMax }, (_, i) => i).find((i) => !taken.has(i))
    if (block === undefined)
      throw new Error('could not find an empty slot to allocate a user namespace')
    blocks.set(uid, block)
    return block
  }
  return {
    async mapping(pod, handler) {
      const { uid } = pod.metadata
      if (pod.spec.hostUsers !== false || pod.spec.hostNetwork) return undefined
      const problem = supportProblem(handlers, handler)
      if (problem !== undefined) throw new Error(problem)
      const known = blocks.get(uid)
      const block = known ?? take(uid)
      if (known === undefined) await save()
      return { hostId: FIRST_ID + block * length, length }
    },
    holders: () => [...blocks.keys()],
    async release(uid) {
      if (blocks.delete(uid)) await save()
    },
  }
}

/** What upstream says of a runtime that knows no user namespaces. */
function supportProblem(handlers: RuntimeState['handlers'], handler: string): string | undefined {
  const found = handlers.find(({ name }) => name === handler)
  if (found?.features?.userNamespaces) return undefined
  const who = handler === '' ? 'runtime' : `RuntimeClass handler ${JSON.stringify(handler)}`
  const text = `can't set \`spec.hostUsers: false\`, ${who} does not support user namespaces`
  return found ? text : `${text}: the handler ${JSON.stringify(handler)} is not known`
}
