import type { Pod } from '../../api/core/v1/pod.ts'
import { keyText } from '../../client/object-key.ts'
import { quantityMilliValue } from '../../schema/quantity.ts'
import type { NodeUsage, Usage } from './usage-between.ts'

/** What each container of a Pod uses that only seems to run. */
export type UsageOfPod = (pod: Pod) => Usage

const WINDOW_MS = 15_000 // As long as metrics-server's.

/** What the Pods of a node use, and their node with them. */
export function simulatedUsage(
  pods: readonly Pod[],
  usageOfPod: UsageOfPod,
  atMs: number,
): NodeUsage {
  const running = pods
    .filter(({ status }) => status.phase === 'Running')
    .map((pod) => ({ pod, usage: usageOfPod(pod) }))
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
