import type { FlagDefinition } from './definition.ts'

/** What the flags say of admission plugins, by upstream's names. */
export interface AdmissionFlags {
  /** With commas. */
  readonly enableAdmissionPlugins?: string
  readonly disableAdmissionPlugins?: string
  /** An AdmissionConfiguration. */
  readonly admissionControlConfigFile?: string
}

export const ADMISSION_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'enable-admission-plugins',
    argument: 'NAMES',
    help: 'admission plugins beside the default ones, e.g. AlwaysPullImages,EventRateLimit',
  },
  {
    name: 'disable-admission-plugins',
    argument: 'NAMES',
    help: 'default admission plugins that are not asked',
  },
  {
    name: 'admission-control-config-file',
    argument: 'FILE',
    help: 'what admission plugins are told',
  },
]
