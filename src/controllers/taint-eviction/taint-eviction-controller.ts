import { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { equal } from '../../apimachinery/equality.ts'
import {
  controller,
  done,
  requeueAfter,
  watch,
  type Controller,
  type Pass,
} from '../../controller-runtime/index.ts'
import { markDisrupted } from '../common/disruption-target.ts'
import { podsByNode } from '../common/pod-indexes.ts'
import { unlessGone } from '../common/unless-gone.ts'
import { evictionMetrics } from './eviction-metrics.ts'
import { toleratedMs } from './eviction-plan.ts'

/** Deletes Pods from nodes with NoExecute taints that they do not tolerate, or not for so long. */
export function taintEvictionController(): Controller {
  /** Since when Pods have lived with the taints of their nodes, by uid. */
  const since = new Map<string, number>()

  return controller<Pod>('taint-eviction-controller', {
    queueName: 'noexec_taint_pod',
    for: Pod,
    changed: (after, before) =>
      after.spec.nodeName !== before.spec.nodeName ||
      !equal(after.spec.tolerations, before.spec.tolerations),
    // A node that comes, or is tainted, leads to its Pods.
    concerns: ({ metadata, spec }, cache) =>
      since.has(metadata.uid) ||
      (cache.get(Node, { name: spec.nodeName ?? '' })?.spec.taints ?? []).some(
        ({ effect }) => effect === 'NoExecute',
      ),
    watches: [
      watch(
        Node,
        ({ metadata }, cache) => cache.find(podsByNode, metadata.name).map((pod) => pod.metadata),
        (after, before) => !equal(after.spec.taints, before.spec.taints),
      ),
    ],
    concurrency: 8,

    async reconcile(pod, pass) {
      const { uid, namespace, name, deletionTimestamp } = pod.metadata
      if (!pod.spec.nodeName || deletionTimestamp !== undefined) {
        since.delete(uid)
        return done
      }
      const node = pass.cache.get(Node, { name: pod.spec.nodeName })
      const ms = toleratedMs(pod, node?.spec.taints)
      if (ms === undefined) {
        if (since.delete(uid)) {
          const message = `Cancelling deletion of Pod ${namespace}/${name}`
          pass.events.normal(pod, 'TaintManagerEviction', message)
        }
        return done
      }
      const nowMs = pass.clock.monotonic()
      const startMs = since.get(uid) ?? nowMs
      since.set(uid, startMs)
      const leftMs = startMs + ms - nowMs
      if (leftMs > 0) return requeueAfter(leftMs)
      await evict(pod, pass)
      pass.metrics.own(evictionMetrics).evicted(-leftMs)
      since.delete(uid)
      return done
    },

    async gone() {
      // Only a uid tells; entries of Pods that went otherwise are few, and cleared here.
      if (since.size > FORGOTTEN_MAX) since.clear()
    },
  })
}

const FORGOTTEN_MAX = 10_000

async function evict(pod: Pod, pass: Pass): Promise<void> {
  const { namespace, name, uid } = pod.metadata
  const message = `Marking for deletion Pod ${namespace}/${name}`
  pass.events.normal(pod, 'TaintManagerEviction', message)
  await markDisrupted(pass, pod, {
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  })
  await unlessGone(pass.client.delete(Pod, pod.metadata, { preconditions: { uid } }))
}
