import { Node } from '../../api/core/v1/node.ts'
import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  done,
  firstFailure,
  indexBy,
  requeueAfter,
  watch,
  type Controller,
  type Pass,
  type PassCache,
} from '../../controller-runtime/index.ts'
import { markDisrupted } from '../common/disruption-target.ts'
import { isNodeReady, isOutOfService } from '../common/node-health.ts'
import { podsByNode } from '../common/pod-indexes.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { planTerminated } from './terminated-plan.ts'

export interface PodGarbageCollectorOptions {
  /** How many Pods that have ended are kept, for people to look at; 12500 where absent, 0 keeps all. */
  readonly terminatedPodThreshold?: number
}

const THRESHOLD = 12_500
// A node may come back, or not be in the cache yet.
const QUARANTINE_MS = 40_000

const terminatedPods = indexBy(Pod, 'terminated', (pod) =>
  isPodTerminal(pod) && !isGoing(pod) ? ['yes'] : [],
)

/** Removes Pods that nobody else will: of nodes that are gone, deleted before they had a node, or too many that ended. */
export function podGarbageCollector({
  terminatedPodThreshold = THRESHOLD,
}: PodGarbageCollectorOptions = {}): Controller {
  /** Since when nodes that Pods name have not been there. */
  const missing = new Map<string, number>()

  return controller<Pod>('pod-garbage-collector-controller', {
    queueName: 'orphaned_pods_nodes',
    for: Pod,
    changed: (after, before) =>
      after.spec.nodeName !== before.spec.nodeName ||
      after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
      isPodTerminal(after) !== isPodTerminal(before),
    concerns: (pod, cache) => isPodTerminal(pod) || isGoing(pod) || isHomeless(pod, cache),
    watches: [
      watch(
        Node,
        (node, cache) => {
          const { metadata } = node
          const isGone = !cache.get(Node, metadata)
          if (!isGone) missing.delete(metadata.name)
          const isLost = isGone || isOutOfService(node)
          return isLost ? cache.find(podsByNode, metadata.name).map((pod) => pod.metadata) : []
        },
        (after, before) => after.spec.taints !== before.spec.taints,
      ),
    ],
    concurrency: 8,

    async reconcile(pod, pass) {
      const { nodeName } = pod.spec
      if (isPodTerminal(pod) && terminatedPodThreshold > 0) {
        await collectTerminated(terminatedPodThreshold, pass)
      }
      if (!nodeName) {
        if (isGoing(pod)) await remove(pod, pass)
        return done
      }
      const node = pass.cache.get(Node, { name: nodeName })
      if (node) {
        if (isAbandoned(pod, node)) await collect(pod, OUT_OF_SERVICE_REASON, pass)
        return done
      }
      const nowMs = pass.clock.monotonic()
      const sinceMs = missing.get(nodeName) ?? nowMs
      missing.set(nodeName, sinceMs)
      const leftMs = sinceMs + QUARANTINE_MS - nowMs
      if (leftMs > 0) return requeueAfter(leftMs)
      if (!(await exists(nodeName, pass))) await collect(pod, GONE_REASON, pass)
      return done
    },
  })
}

const GONE_REASON = 'PodGC: node no longer exists'
const OUT_OF_SERVICE_REASON = 'PodGC: deleting terminating Pod from out-of-service node'

function isGoing({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined
}

/** Whether a Pod is on a node that is not there. */
function isHomeless({ spec: { nodeName } }: Pod, cache: PassCache): boolean {
  return nodeName !== undefined && cache.get(Node, { name: nodeName }) === undefined
}

/** Whether a Pod waits for a node to end it that a person has said is down for good. */
function isAbandoned(pod: Pod, node: Node): boolean {
  return isGoing(pod) && !isNodeReady(node) && isOutOfService(node)
}

async function exists(name: string, { client }: Pass): Promise<boolean> {
  try {
    await client.get(Node, { name })
    return true
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

async function collect(pod: Pod, message: string, pass: Pass): Promise<void> {
  await markDisrupted(pass, pod, { reason: 'DeletionByPodGC', message, fail: true })
  await remove(pod, pass)
}

async function collectTerminated(threshold: number, pass: Pass): Promise<void> {
  const surplus = pass.cache.count(terminatedPods, 'yes') - threshold
  if (surplus <= 0) return
  const surplusPods = planTerminated(pass.cache.find(terminatedPods, 'yes'), threshold)
  const failure = await firstFailure(...surplusPods.map((pod) => remove(pod, pass)))
  if (failure) throw failure
}

async function remove({ metadata }: Pod, { client }: Pass): Promise<void> {
  const { uid } = metadata
  await unlessGone(client.delete(Pod, metadata, { gracePeriodSeconds: 0, preconditions: { uid } }))
}
