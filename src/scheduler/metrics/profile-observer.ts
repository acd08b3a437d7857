import type { Clock } from '../../base/clock.ts'
import { Profile, type ProfileObserver } from '../framework/profile.ts'
import { failed } from '../framework/status.ts'
import { measuredPlugin } from './measured-plugin.ts'
import type { SchedulerMetrics } from './scheduler-metrics.ts'
import { timed } from './timed.ts'

/** Tells the metrics how long a profile's extension points take. */
export function profileObserver(
  profile: string,
  metrics: SchedulerMetrics,
  clock: Clock,
): ProfileObserver {
  return {
    timed: (point, run, outcomeOf) =>
      timed(run, {
        clock,
        outcomeOf,
        failure: failed,
        tell: (status, ms) => metrics.pointRan(profile, point, status?.code ?? 'Success', ms),
      }),
    asked: (plugin, point) => metrics.pluginAsked(plugin, point, profile),
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
