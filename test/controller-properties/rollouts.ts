import { strict as assert } from 'node:assert'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { isPodReady } from '../../src/api/core/v1/pod-conditions.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { randomInt } from '../../src/base/random.ts'
import { deployment } from '../simulation/objects.ts'
import { changeOf, type Property } from './run.ts'

const KEY = { namespace: 'default', name: 'web' }
const REPLICAS = 5
const VERSIONS = 3 // So that a rollout is often taken back while it is on its way.
const BOUNDS = [
  [1, 0],
  [0, 1],
  [2, 1],
  [0, 3],
] as const

/** While a Deployment is rolled out, and again before that is done, it never has too many Pods, nor too few that serve. */
export const rollouts: Property = {
  name: 'a rolling update keeps its bounds',

  async begin(cluster, random) {
    const { client } = cluster
    const [surge, unavailable] = BOUNDS[randomInt(random, BOUNDS.length)]!
    await client.create(Deployment, deployment(KEY, REPLICAS, surge, unavailable))
    const assertConverged = async (): Promise<void> => {
      const { metadata, status } = await client.get(Deployment, KEY)
      assert.equal(status.observedGeneration, metadata.generation)
      for (const count of [status.replicas, status.updatedReplicas, status.availableReplicas])
        assert.equal(count, REPLICAS)
    }
    await cluster.eventually(assertConverged)
    const { items } = await client.list(Pod, { namespace: KEY.namespace })
    const present = new Set(items.map(({ metadata }) => metadata.uid))
    const serving = new Set(present)

    return {
      async act() {
        const image = `example:${1 + randomInt(random, VERSIONS)}`
        const containers = [{ name: 'main', image }]
        await client.patch(Deployment, KEY, 'strategic', {
          spec: { template: { spec: { containers } } },
        })
      },
      check(event) {
        const { after, before } = changeOf<Pod>(event, `pods/${KEY.namespace}`) ?? {}
        const pod = after ?? before
        if (!pod) return undefined
        const { uid } = pod.metadata
        const stays = after !== undefined && after.metadata.deletionTimestamp === undefined
        for (const [pods, counts] of [
          [present, stays],
          [serving, stays && isPodReady(after)],
        ] as const) {
          if (counts) pods.add(uid)
          else pods.delete(uid)
        }
        if (present.size > REPLICAS + surge)
          return `${present.size} Pods where ${REPLICAS} may grow by ${surge}`
        if (serving.size < REPLICAS - unavailable)
          return `${serving.size} Pods serve where ${unavailable} of ${REPLICAS} may be missing`
        return undefined
      },
      assertConverged,
    }
  },
}
