import { withDefaults } from '../../schema/defaults.ts'
import { formatFieldError } from '../../schema/field-error.ts'
import { KubeletConfiguration } from './kubelet-configuration.ts'
import { readConfiguration } from './read-configuration.ts'
import { withoutZeroDurations } from './settings.ts'
import { validateKubeletConfiguration } from './validate-kubelet-configuration.ts'

/** A configuration that cannot be used: all that is wrong with it. */
export class KubeletConfigurationError extends Error {
  override readonly name = 'KubeletConfigurationError'
}

const GVK = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' }
const FORMAT = { ...GVK, type: KubeletConfiguration, Invalid: KubeletConfigurationError }

/** How a node agent works that is told nothing. */
export const DEFAULT_CONFIGURATION: KubeletConfiguration = withDefaults(KubeletConfiguration, {
  ...GVK,
} as KubeletConfiguration)

/** Reads a KubeletConfiguration and fills in the defaults. Throws a `KubeletConfigurationError`. */
export function parseKubeletConfiguration(yaml: string): KubeletConfiguration {
  const configuration = withDefaults(
    KubeletConfiguration,
    withoutZeroDurations(KubeletConfiguration, readConfiguration(yaml, FORMAT)),
  )
  const errors = validateKubeletConfiguration(configuration)
  if (errors.length === 0) return configuration
  const texts = errors.map(formatFieldError)
  const all = texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`
  throw new KubeletConfigurationError(`invalid configuration: ${all}`)
}
