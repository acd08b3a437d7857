import type { Deployment } from '../../src/api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../src/api/apps/v1/replica-set.ts'
import type { PodDisruptionBudget } from '../../src/api/policy/v1/pod-disruption-budget.ts'
import type { Pod } from '../../src/api/core/v1/pod.ts'
import type { StoreEvent } from '../../src/storage/store.ts'
import { LIMITED } from './workload.ts'

export const QUOTA_PODS = 6

/** What the invariants have to know beside the writes. */
export interface World {
  /** Nodes whose machine is off though their Node is there: nobody can know that their Pods have stopped. */
  readonly nodesOff: () => ReadonlySet<string>
}

/** How many Pods a Deployment may have at most, and must keep when it gives some up, by the versions of it that its controller may still go by. */
interface Bound {
  readonly generation: number
  readonly podsMax: number
  readonly podsMin: number
}

/**
 * Looks at every write as it happens, and notes what must never be:
 *
 * - a Pod of a StatefulSet is gone from the API while its machine may still run it, so that a second one may start;
 * - a quota is exceeded;
 * - a Deployment wants more Pods of its ReplicaSets than its replicas and its surge, or gives up more than may be
 *   unavailable;
 * - an eviction is granted that its budget for disruptions did not allow.
 */
export class Invariants {
  readonly violations: string[] = []
  readonly #world: World
  readonly #limited = new Set<string>()
  readonly #bounds = new Map<string, readonly Bound[]>()
  readonly #replicaSets = new Map<string, ReplicaSet>()

  constructor(world: World) {
    this.#world = world
  }

  readonly check = (event: StoreEvent): void => {
    const [, , kind, rest] =
      /^\/registry\/(?:([^/]+\.[^/]+|apps|policy)\/)?([^/]+)\/(.+)$/.exec(event.key) ?? []
    if (kind === 'pods') this.#pod(rest!, event)
    else if (kind === 'deployments') this.#deployment(rest!, event)
    else if (kind === 'replicasets') this.#replicaSet(event)
    else if (kind === 'poddisruptionbudgets') this.#budget(event)
  }

  #pod(name: string, { key, entry, previous, revision }: StoreEvent): void {
    const pod = objectOf<Pod>(entry)
    if (name.startsWith(`${LIMITED}/`)) {
      if (pod && countsAgainstQuota(pod)) this.#limited.add(key)
      else this.#limited.delete(key)
      if (this.#limited.size > QUOTA_PODS)
        this.#violated(revision, `${this.#limited.size} Pods where the quota allows ${QUOTA_PODS}`)
    }
    if (!pod) this.#gone(objectOf<Pod>(previous)!, revision)
  }

  #gone({ metadata, spec, status }: Pod, revision: number): void {
    const isStateful = metadata.ownerReferences?.some(({ kind }) => kind === 'StatefulSet')
    const hasEnded = status.phase === 'Failed' || status.phase === 'Succeeded'
    if (isStateful && !hasEnded && this.#world.nodesOff().has(spec.nodeName ?? ''))
      this.#violated(revision, `${metadata.name} is gone, but may still run on ${spec.nodeName}`)
  }

  #deployment(name: string, { entry }: StoreEvent): void {
    const deployment = objectOf<Deployment>(entry)
    if (!deployment) {
      this.#bounds.delete(name)
      return
    }
    const { metadata, spec, status } = deployment
    const { rollingUpdate } = spec.strategy
    const podsMax = spec.replicas + Number(rollingUpdate?.maxSurge ?? 0)
    const podsMin = rollingUpdate ? spec.replicas - Number(rollingUpdate.maxUnavailable ?? 0) : 0
    const before = this.#bounds.get(name) ?? []
    const observed = status.observedGeneration ?? 0
    const current = before.filter(
      ({ generation }) => generation >= observed && generation !== metadata.generation,
    )
    this.#bounds.set(name, [...current, { generation: metadata.generation ?? 0, podsMax, podsMin }])
  }

  #replicaSet({ key, entry, previous, revision }: StoreEvent): void {
    const [after, before] = [objectOf<ReplicaSet>(entry), objectOf<ReplicaSet>(previous)]
    if (after) this.#replicaSets.set(key, after)
    else this.#replicaSets.delete(key)
    const grows = (after?.spec.replicas ?? 0) - (before?.spec.replicas ?? 0)
    if (!after || grows === 0) return
    const owner = ownerOf(after)
    const bounds = this.#bounds.get(`${after.metadata.namespace}/${owner?.name}`)
    if (!bounds) return
    const siblings = [...this.#replicaSets.values()].filter(
      (each) => ownerOf(each)?.uid === owner?.uid,
    )
    const wanted = siblings.reduce((sum, { spec }) => sum + spec.replicas, 0)
    const most = Math.max(...bounds.map(({ podsMax }) => podsMax))
    const least = Math.min(...bounds.map(({ podsMin }) => podsMin))
    if (grows > 0 && wanted > most)
      this.#violated(revision, `${owner?.name} wants ${wanted} Pods, but may have ${most}`)
    if (grows < 0 && wanted < least)
      this.#violated(revision, `${owner?.name} keeps ${wanted} Pods, but must keep ${least}`)
  }

  /** A budget may be behind its Pods, which die as they please: what it allows is what counts. */
  #budget({ entry, previous, revision }: StoreEvent): void {
    const [after, before] = [
      objectOf<PodDisruptionBudget>(entry),
      objectOf<PodDisruptionBudget>(previous),
    ]
    const named = before?.status.disruptedPods ?? {}
    const granted = Object.keys(after?.status.disruptedPods ?? {}).filter(
      (pod) => !Object.hasOwn(named, pod),
    )
    if (!after || granted.length === 0) return
    const { disruptionsAllowed: allowed = 0, observedGeneration } = before?.status ?? {}
    const left = after.status.disruptionsAllowed
    if (
      observedGeneration !== after.metadata.generation ||
      left < 0 ||
      left > allowed - granted.length
    )
      this.#violated(
        revision,
        `${granted.join()} may be evicted: ${after.metadata.name} allowed ${allowed} disruptions, and allows ${left}`,
      )
  }

  #violated(revision: number, what: string): void {
    this.violations.push(`revision ${revision}: ${what}`)
  }
}

// One that should be gone by now counts no more, wherever it hangs.
function countsAgainstQuota({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status.phase !== 'Failed' &&
    status.phase !== 'Succeeded'
  )
}

function ownerOf({ metadata }: ReplicaSet) {
  return metadata.ownerReferences?.find(({ controller }) => controller)
}

function objectOf<T>(entry: StoreEvent['entry']): T | undefined {
  return entry?.value.object as T | undefined
}
