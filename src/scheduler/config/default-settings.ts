import { DEFAULT_MULTI_POINT } from './default-multi-point.ts'
import { defaultPluginArgs } from './plugin-args-defaults.ts'
import type { SchedulerSettings } from './scheduler-settings.ts'

export const DEFAULT_SCHEDULER = 'default-scheduler'

/** How a scheduler works that is told nothing. */
export const DEFAULT_SETTINGS: SchedulerSettings = {
  profiles: [
    {
      schedulerName: DEFAULT_SCHEDULER,
      percentageOfNodesToScore: 0,
      selection: { multiPoint: DEFAULT_MULTI_POINT, points: {} },
      args: defaultPluginArgs(),
    },
  ],
  extenders: [],
  podInitialBackoffSeconds: 1,
  podMaxBackoffSeconds: 10,
}
