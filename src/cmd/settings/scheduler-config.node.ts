import {
  parseSchedulerConfiguration,
  SchedulerConfigurationError,
} from '../../scheduler/config/parse-scheduler-configuration.ts'
import { PLUGIN_NAMES } from '../../scheduler/default-plugins.ts'
import { connectHttpExtender } from '../../scheduler/extender/http-extender.node.ts'
import type { SchedulerChoice } from '../../scheduler/start-scheduler.ts'
import { parsedFile } from './parsed-file.node.ts'

/** Reads the file that a flag names; nothing is chosen where it names none. Throws `UserError`. */
export function schedulerChoice(
  flag: '--scheduler-config' | '--config',
  file: string | undefined,
): { readonly scheduler?: SchedulerChoice } {
  if (file === undefined) return {}
  const settings = parsedFile(flag, file, {
    parse: (text) => parseSchedulerConfiguration(text, PLUGIN_NAMES),
    Invalid: SchedulerConfigurationError,
  })
  return { scheduler: { settings, connectExtender: connectHttpExtender } }
}
