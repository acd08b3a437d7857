import { strict as assert } from 'node:assert'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { ResourceQuota } from '../../src/api/core/v1/resource-quota.ts'
import { ServiceAccount } from '../../src/api/core/v1/service-account.ts'
import { randomInt } from '../../src/base/random.ts'
import type { ObjectKey } from '../../src/client/client.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'
import { tryAll } from './refusals.ts'
import { changeOf, type Property } from './run.ts'

const NAMESPACE = 'limited'
const HARD = { pods: '4', 'count/configmaps': '6' }
const AT_ONCE = 5

/** However many create at a time, and whatever the controller knows, no more is there than a quota allows. */
export const quotas: Property = {
  name: 'a quota is kept',

  async begin(cluster, random) {
    const { client } = cluster
    const namespace = NAMESPACE
    await client.create(Namespace, { metadata: { name: namespace } })
    await client.create(ResourceQuota, {
      metadata: { namespace, name: 'quota' },
      spec: { hard: HARD },
    })
    await cluster.eventually(() => client.get(ServiceAccount, { namespace, name: 'default' }))
    await cluster.eventually(async () => {
      const { status } = await client.get(ResourceQuota, { namespace, name: 'quota' })
      assert.deepEqual(status.hard, HARD)
    })
    const present = { pods: new Set<string>(), configmaps: new Set<string>() }
    const { items } = await client.list(ConfigMap, { namespace })
    for (const { metadata } of items) present.configmaps.add(metadata.uid)
    let created = 0

    const create = (): Promise<unknown> => {
      created += 1
      const metadata = { namespace, name: `it-${created}` }
      if (randomInt(random, 2) === 0) return client.create(ConfigMap, { metadata })
      const containers = [{ name: 'main', image: 'example' }]
      return client.create(Pod, {
        metadata,
        spec: { containers, terminationGracePeriodSeconds: 0 },
      })
    }
    const removeOne = async <T extends { readonly metadata: ObjectKey }>(
      type: ResourceClass<T>,
    ): Promise<void> => {
      const found = (await client.list(type, { namespace })).items
      const chosen = found[randomInt(random, Math.max(1, found.length))]
      if (chosen) await client.delete(type, chosen.metadata)
    }

    return {
      act: () =>
        tryAll([
          ...Array.from({ length: AT_ONCE }, create),
          ...(randomInt(random, 2) === 0 ? [removeOne(Pod), removeOne(ConfigMap)] : []),
        ]),
      check(event) {
        for (const [resource, limit] of LIMITS) {
          const change = changeOf<Pod>(event, `${resource}/${namespace}`)
          if (!change) continue
          const { uid } = (change.after ?? change.before)!.metadata
          if (change.after) present[resource].add(uid)
          else present[resource].delete(uid)
          const { size } = present[resource]
          if (change.after && !change.before && size > limit)
            return `${size} ${resource} where the quota allows ${limit}`
        }
        return undefined
      },
      async assertConverged() {
        const { status } = await client.get(ResourceQuota, { namespace, name: 'quota' })
        assert.deepEqual(status.used, {
          pods: String(present.pods.size),
          'count/configmaps': String(present.configmaps.size),
        })
      },
    }
  },
}

const LIMITS = [
  ['pods', Number(HARD.pods)],
  ['configmaps', Number(HARD['count/configmaps'])],
] as const
