import {
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminal,
} from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { matches, type Operator, type Selector } from '../../apimachinery/labels.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { indexBy, type PassCache } from '../../controller-runtime/index.ts'
import type { ReplicaOwner } from './replicas-plan.ts'

/** How many Pods an owner has, as its status tells. */
export interface PodCounts {
  readonly active: number
  readonly fullyLabeled: number
  readonly ready: number
  readonly available: number
  readonly terminating: number
}

/** Counts an owner's Pods by looking at each. `owned` are all of them, `active` those that count as replicas. */
export function countPods(
  { spec }: ReplicaOwner,
  owned: readonly Pod[],
  active: readonly Pod[],
  nowMs: number,
): PodCounts {
  const { minReadySeconds = 0, template } = spec
  const labels = Object.entries(template?.metadata.labels ?? {})
  let [fullyLabeled, ready, available] = [0, 0, 0]
  // In one go: what takes the time is that thousands of Pods are fetched from memory.
  for (const pod of active) {
    if (hasLabels(pod, labels)) fullyLabeled += 1
    if (!isPodReady(pod)) continue
    ready += 1
    if (minReadySeconds === 0 || isPodAvailable(pod, minReadySeconds, nowMs)) available += 1
  }
  // Those that are active are not terminating.
  const terminating = owned.length === active.length ? 0 : owned.filter(isTerminating).length
  return { active: active.length, fullyLabeled, ready, available, terminating }
}

type State = 'ready' | 'active' | 'terminating' | 'ended'

const podsByState = indexBy(Pod, 'state under its owner', (pod) =>
  underOwner(pod, (owner) => [`${owner} ${stateOf(pod)}`]),
)

const podsByLabel = indexBy(Pod, 'label under its owner', (pod) =>
  underOwner(pod, (owner) =>
    Object.entries(pod.metadata.labels ?? {}).map(([key, value]) => `${owner} ${key}=${value}`),
  ),
)

/**
 * The same without looking at any Pod, so that an owner of thousands can be told of each that changes; undefined where
 * there is more to do than to count: Pods to adopt, to let go or to give up, or to wait for.
 */
export function knownCounts(
  owner: ReplicaOwner,
  selector: Selector,
  cache: Pick<PassCache, 'count' | 'orphans'>,
): PodCounts | undefined {
  const { namespace, uid, deletionTimestamp } = owner.metadata
  const { minReadySeconds = 0, template, replicas } = owner.spec
  if (!template || minReadySeconds > 0 || deletionTimestamp !== undefined) return undefined
  const key = ownerText(namespace, uid)
  const count = (state: State): number => cache.count(podsByState, `${key} ${state}`)
  const [ready, terminating] = [count('ready'), count('terminating')]
  const active = ready + count('active')
  const all = active + terminating + count('ended')
  const labels = Object.entries(template.metadata.labels ?? {})
  const isLabeled = labels.every(
    ([name, value]) => cache.count(podsByLabel, `${key} ${name}=${value}`) === all,
  )
  // What has all labels of the template is selected, unless others may keep it from that.
  const isSelected =
    isLabeled &&
    !selector.nothing &&
    selector.requirements.every(({ operator }) => DEMANDING.has(operator))
  const isAlone = !cache
    .orphans(Pod, namespace)
    .some(({ metadata }) => matches(selector, metadata.labels))
  if (!isSelected || !isAlone || active > replicas) return undefined
  return { active, fullyLabeled: active, ready, available: ready, terminating }
}

const DEMANDING: ReadonlySet<Operator> = new Set<Operator>(['=', '==', 'in', 'exists'])

function underOwner(pod: Pod, valuesOf: (owner: string) => readonly string[]): readonly string[] {
  const owner = controllerOf(pod)
  return owner ? valuesOf(ownerText(pod.metadata.namespace, owner.uid)) : []
}

function ownerText(namespace: string, uid: string): string {
  return `${namespace}/${uid}`
}

function stateOf(pod: Pod): State {
  if (isPodActive(pod)) return isPodReady(pod) ? 'ready' : 'active'
  return isTerminating(pod) ? 'terminating' : 'ended'
}

function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodTerminal(pod)
}

function hasLabels({ metadata }: Pod, labels: readonly (readonly [string, string])[]): boolean {
  return labels.every(([key, value]) => metadata.labels?.[key] === value)
}
