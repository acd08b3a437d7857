import { Pod } from '../../src/api/core/v1/pod.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import { createInformers } from '../../src/client/shared-informers.ts'
import { IMAGE } from '../containerd/test-node.node.ts'
import type { TestKubelet } from './test-kubelet.node.ts'

export interface Churned {
  /** Milliseconds from each Pod's creation until it was seen to run, ascending. */
  readonly startMs: readonly number[]
  /** Until all of them ran, from when the first was created. */
  readonly allMs: number
}

/** Creates Pods at once and waits until all run; then, unless `keep`, deletes them and waits until all are gone. */
export async function churn(
  t: TestKubelet,
  names: readonly string[],
  { keep = false } = {},
): Promise<Churned> {
  await using informers = createInformers({
    client: t.client,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  })
  const pods = informers.informer(Pod)
  informers.start()
  await pods.waitForSync()
  const createdAt = new Map<string, number>()
  const running = new Map<string, number>()
  const all = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  const left = new Set(names)
  const see = ({ metadata: { name }, status }: Pod): void => {
    if (!left.has(name) || running.has(name) || status.phase !== 'Running') return
    running.set(name, performance.now())
    if (running.size === names.length) all.resolve()
  }
  using _ = pods.subscribe({
    add: see,
    update: see,
    delete({ metadata: { name } }) {
      left.delete(name)
      if (left.size === 0) gone.resolve()
    },
  })
  const container = { name: 'main', image: IMAGE, command: ['sleep', '1000000'] }
  await Promise.all(
    names.map((name) => {
      createdAt.set(name, performance.now())
      const spec = { containers: [container], terminationGracePeriodSeconds: 1 }
      return t.run({ metadata: { name, namespace: 'default' }, spec })
    }),
  )
  await all.promise
  const firstAt = Math.min(...createdAt.values())
  const startMs = [...running].map(([name, at]) => at - createdAt.get(name)!)
  const allMs = Math.max(...running.values()) - firstAt
  if (!keep) {
    for (const name of names) await t.client.delete(Pod, { namespace: 'default', name })
    await gone.promise
  }
  return { startMs: startMs.toSorted((a, b) => a - b), allMs }
}
