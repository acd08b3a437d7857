import { readFileSync } from 'node:fs'
import {
  parseSchedulerConfiguration,
  SchedulerConfigurationError,
} from '../../scheduler/config/parse-scheduler-configuration.ts'
import { PLUGIN_NAMES } from '../../scheduler/default-plugins.ts'
import { connectHttpExtender } from '../../scheduler/extender/http-extender.node.ts'
import type { SchedulerChoice } from '../../scheduler/start-scheduler.ts'
import { UserError } from '../user-error.ts'

/** Reads the file that a flag names; nothing is chosen where it names none. Throws `UserError`. */
export function schedulerChoice(
  flag: '--scheduler-config' | '--config',
  file: string | undefined,
): { readonly scheduler?: SchedulerChoice } {
  if (file === undefined) return {}
  try {
    const settings = parseSchedulerConfiguration(readFileSync(file, 'utf8'), PLUGIN_NAMES)
    return { scheduler: { settings, connectExtender: connectHttpExtender } }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (!(cause instanceof SchedulerConfigurationError) && code === undefined) throw cause
    throw new UserError(`invalid argument for ${flag} ${file}: ${(cause as Error).message}`, {
      exitCode: 2,
      cause,
    })
  }
}
