import type { Pod } from '../../api/core/v1/pod.ts'
import { keyText } from '../../client/object-key.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import type { NodeUsage, Usage } from './usage-between.ts'

/** What each container of a Pod uses that only seems to run; undefined where nobody says. */
export type UsageOfPod = (pod: Pod) => Usage | undefined

const WINDOW_MS = 15_000 // As long as metrics-server's.

/** What Pods say that they use, and their node with them; undefined where none says anything. */
export function simulatedUsage(
  pods: readonly Pod[],
  usageOfPod: UsageOfPod,
  atMs: number,
): NodeUsage | undefined {
  const running = pods.flatMap((pod) => {
    const usage = pod.status.phase === 'Running' ? usageOfPod(pod) : undefined
    return usage ? [{ pod, usage }] : []
  })
  if (running.length === 0) return undefined
  const milli = (resource: string): number =>
    running.reduce(
      (sum, { pod, usage }) =>
        sum + quantityMilliValue(usage[resource]) * pod.spec.containers.length,
      0,
    )
  return {
    atMs,
    windowMs: WINDOW_MS,
    node: { cpu: `${milli('cpu')}m`, memory: String(Math.ceil(milli('memory') / 1000)) },
    pods: new Map(
      running.map(({ pod, usage }) => [
        keyText(pod.metadata),
        new Map(pod.spec.containers.map(({ name }) => [name, usage])),
      ]),
    ),
  }
}
