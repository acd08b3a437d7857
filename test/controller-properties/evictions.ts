import { strict as assert } from 'node:assert'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { isPodReady } from '../../src/api/core/v1/pod-conditions.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { PodDisruptionBudget } from '../../src/api/policy/v1/pod-disruption-budget.ts'
import { randomInt } from '../../src/base/random.ts'
import { deployment } from '../simulation/objects.ts'
import { tryAll } from './refusals.ts'
import { changeOf, type Property } from './run.ts'

const KEY = { namespace: 'default', name: 'web' }
const REPLICAS = 5
const HEALTHY_MIN = 3
const AT_ONCE = 3

/** Evictions of several Pods at a time never leave fewer healthy Pods than the budget demands. */
export const evictions: Property = {
  name: 'evictions keep the budget',

  async begin(cluster, random) {
    const { client } = cluster
    await client.create(PodDisruptionBudget, {
      metadata: KEY,
      spec: { minAvailable: HEALTHY_MIN, selector: { matchLabels: { app: KEY.name } } },
    })
    await client.create(Deployment, deployment(KEY, REPLICAS, 1, 0))
    const healthy = new Set<string>()
    const assertConverged = async (): Promise<void> => {
      const { status } = await client.get(Deployment, KEY)
      assert.equal(status.availableReplicas, REPLICAS)
      const budget = await client.get(PodDisruptionBudget, KEY)
      assert.equal(budget.status.disruptionsAllowed, REPLICAS - HEALTHY_MIN)
    }
    await cluster.eventually(assertConverged)
    const { items } = await client.list(Pod, { namespace: KEY.namespace })
    for (const { metadata } of items) healthy.add(metadata.uid)

    return {
      async act() {
        const pods = await client.list(Pod, { namespace: KEY.namespace })
        const chosen = Array.from(
          { length: AT_ONCE },
          () => pods.items[randomInt(random, pods.items.length)],
        )
        await tryAll(
          chosen.flatMap((pod) =>
            pod ? client.createSubresource(Pod, pod.metadata, 'eviction', eviction(pod)) : [],
          ),
        )
      },
      check(event) {
        const { after, before } = changeOf<Pod>(event, 'pods/default') ?? {}
        const { uid } = (after ?? before)?.metadata ?? { uid: '' }
        const isGoing = !after || after.metadata.deletionTimestamp !== undefined
        const was = healthy.delete(uid)
        if (!isGoing && isPodReady(after)) healthy.add(uid)
        if (isGoing && was && healthy.size < HEALTHY_MIN)
          return `${healthy.size} healthy Pods where the budget demands ${HEALTHY_MIN}`
        return undefined
      },
      assertConverged,
    }
  },
}

function eviction({ metadata: { namespace, name } }: Pod): object {
  return { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } }
}
