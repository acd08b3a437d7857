import type { PluginChoice } from '../../apiserver/admission/plugins/admission-plugins.ts'
import { systemClock } from '../../base/clock.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import type { AdmissionFlags } from '../flags/admission-flags.ts'
import { UserError } from '../user-error.ts'

/** Which admission plugins are asked, and what they are told. Throws `UserError`. */
export async function admissionOf(flags: AdmissionFlags): Promise<PluginChoice> {
  const { admissionControlConfigFile: file } = flags
  const choice = {
    enabled: namesIn(flags.enableAdmissionPlugins),
    disabled: namesIn(flags.disableAdmissionPlugins),
  }
  if (file === undefined) return choice
  const { loadPluginSettings } =
    await import('../../apiserver/admission/plugins/load-plugin-settings.node.ts')
  try {
    const platform = { clock: systemClock, random: systemRandom }
    return { ...choice, settings: await loadPluginSettings(file, platform) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`Cannot use --admission-control-config-file: ${why}`, { cause })
  }
}

/** Finds out whether there are plugins of these names, before anything starts. Throws `UserError`. */
export async function checkAdmissionFlags(flags: AdmissionFlags): Promise<void> {
  const { enabled = [], disabled = [] } = await admissionOf(flags)
  if (enabled.length === 0 && disabled.length === 0) return
  const { pluginNameProblem } = await import('../../apiserver/admission/plugins/plugin-names.ts')
  const problem = pluginNameProblem(enabled, disabled)
  if (problem !== undefined) throw new UserError(`${problem}.`, { exitCode: 2 })
}

function namesIn(text = ''): readonly string[] {
  return text.split(',').filter((name) => name !== '')
}
