import { strict as assert } from 'node:assert'
import { StatefulSet } from '../../src/api/apps/v1/stateful-set.ts'
import { isPodTerminal } from '../../src/api/core/v1/pod-conditions.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { randomInt } from '../../src/base/random.ts'
import { statefulSet } from '../simulation/objects.ts'
import { changeOf, type Property } from './run.ts'

const KEY = { namespace: 'default', name: 'db' }
const REPLICAS_MAX = 5
const INDEX = 'apps.kubernetes.io/pod-index'

/**
 * While a StatefulSet is scaled and rolled out, and its Pods are deleted, no ordinal has two Pods: not in the API, and not
 * on two nodes, since a Pod that a node has started is gone only when that node has stopped it.
 */
export const statefulSets: Property = {
  name: 'a StatefulSet never has two Pods of one ordinal',

  async begin({ client }, random) {
    const isParallel = randomInt(random, 2) === 0
    await client.create(StatefulSet, statefulSet(KEY, 3, isParallel))
    /** The Pods that there are, by their ordinals. */
    const pods = new Map<string, Set<string>>()
    let rollouts = 0

    const scale = (): Promise<unknown> =>
      client.patch(StatefulSet, KEY, 'merge', {
        spec: { replicas: randomInt(random, REPLICAS_MAX + 1) },
      })
    const rollOut = (): Promise<unknown> => {
      rollouts += 1
      const annotations = { rollout: String(rollouts) }
      return client.patch(StatefulSet, KEY, 'merge', {
        spec: { template: { metadata: { annotations } } },
      })
    }
    const removePod = async (): Promise<void> => {
      const { items } = await client.list(Pod, { namespace: KEY.namespace })
      const chosen = items[randomInt(random, Math.max(1, items.length))]
      if (chosen) await client.delete(Pod, chosen.metadata)
    }
    const actions = [scale, rollOut, removePod, removePod]

    return {
      async act() {
        await actions[randomInt(random, actions.length)]!()
      },
      check(event) {
        const { after, before } = changeOf<Pod>(event, `pods/${KEY.namespace}`) ?? {}
        const pod = after ?? before
        if (!pod) return undefined
        const { labels, uid, name } = pod.metadata
        const present = pods.getOrInsertComputed(labels?.[INDEX] ?? '', () => new Set())
        if (after) present.add(uid)
        else present.delete(uid)
        if (present.size > 1) return `${present.size} Pods of ordinal ${labels?.[INDEX]}`
        if (isForced(after, before)) return `${name} is gone though its node may run it`
        return undefined
      },
      async assertConverged() {
        const { spec, status } = await client.get(StatefulSet, KEY)
        const { items } = await client.list(Pod, { namespace: KEY.namespace })
        const wanted = Array.from({ length: spec.replicas }, (_, i) => `${KEY.name}-${i}`)
        assert.deepEqual(items.map(({ metadata }) => metadata.name).toSorted(), wanted)
        assert.equal(status.readyReplicas ?? 0, spec.replicas)
        assert.equal(status.currentRevision, status.updateRevision)
      },
    }
  },
}

/** Whether somebody has a Pod that runs forgotten, in place of stopped: the node is given no time. */
function isForced(after: Pod | undefined, before: Pod | undefined): boolean {
  if (!before?.spec.nodeName || isPodTerminal(before)) return false
  if (before.metadata.deletionTimestamp !== undefined) return false
  return !after || after.metadata.deletionGracePeriodSeconds === 0
}
