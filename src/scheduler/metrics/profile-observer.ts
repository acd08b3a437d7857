import type { Clock } from '../../base/clock.ts'
import { Profile, type ProfileObserver } from '../framework/profile.ts'
import { failed, type Status } from '../framework/status.ts'
import { measuredPlugin } from './measured-plugin.ts'
import type { SchedulerMetrics } from './scheduler-metrics.ts'

/** Tells the metrics how long a profile's extension points take. */
export function profileObserver(
  profile: string,
  metrics: SchedulerMetrics,
  clock: Clock,
): ProfileObserver {
  return {
    timed(point, run, statusOf) {
      const startMs = clock.monotonic()
      const tell = (status: Status | undefined): void =>
        metrics.pointRan(profile, point, status?.code ?? 'Success', clock.monotonic() - startMs)
      const result = run()
      if (result instanceof Promise) void whenDone(result, statusOf, tell)
      else tell(statusOf(result as Awaited<typeof result>))
      return result
    },
    asked: (plugin, point) => metrics.pluginAsked(plugin, point, profile),
  }
}

async function whenDone<T>(
  result: Promise<T>,
  statusOf: (result: Awaited<T>) => Status | undefined,
  tell: (status: Status | undefined) => void,
): Promise<void> {
  try {
    tell(statusOf(await result))
  } catch (error) {
    tell(failed(error)) // Whoever asked the plugins deals with it.
  }
}

/** The same profile, with each plugin measured too. */
export function measuredProfile(
  { schedulerName, parts }: Profile,
  metrics: SchedulerMetrics,
  clock: Clock,
): Profile {
  const plugins = parts.plugins.map((plugin) => measuredPlugin(plugin, metrics, clock))
  return new Profile(schedulerName, { ...parts, plugins })
}
