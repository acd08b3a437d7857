import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import type { PodFailure } from '../pod-workers/plan-types.ts'
import { planShutdown } from './plan-shutdown.ts'

export interface ShutDownOptions {
  readonly clock: Clock
  readonly configuration: KubeletConfiguration
  readonly pods: readonly Pod[]
  /** Ends a Pod for good; resolves when it has stopped. */
  fail(pod: Pod, failure: PodFailure): Promise<unknown>
}

/** Ends the node's Pods, one group of priorities after the other, each in its time. */
export async function shutDown(options: ShutDownOptions): Promise<void> {
  const { clock, configuration } = options
  const living = options.pods.filter((pod) => !isPodTerminal(pod))
  for (const { pods, seconds } of planShutdown(living, configuration)) {
    const failure = {
      reason: 'Terminated',
      message: 'Pod was terminated in response to imminent node shutdown.',
      graceSeconds: seconds,
      disrupts: true,
    }
    const all = Promise.all(pods.map((pod) => options.fail(pod, failure)))
    const limit = new AbortController()
    await Promise.race([all, sleep(clock, seconds * 1000, limit).catch(() => undefined)])
    limit.abort()
  }
}
