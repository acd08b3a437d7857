import type { PluginSelection } from '../framework/plugin-selection.ts'
import type { PluginArgs } from './plugin-args.ts'
import type { ExtenderConfiguration } from './scheduler-configuration.ts'

/** How a scheduler works: a configuration file with all defaults filled in. */
export interface SchedulerSettings {
  readonly profiles: readonly ProfileSettings[]
  readonly extenders: readonly ExtenderConfiguration[]
  readonly podInitialBackoffSeconds: number
  readonly podMaxBackoffSeconds: number
}

/** How the Pods of one schedulerName are scheduled. */
export interface ProfileSettings {
  readonly schedulerName: string
  /** 0 adapts to the size of the cluster. */
  readonly percentageOfNodesToScore: number
  readonly selection: PluginSelection
  readonly args: PluginArgs
}
