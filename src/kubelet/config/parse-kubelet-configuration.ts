import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { DecodeError, decode } from '../../schema/decode.ts'
import { withDefaults } from '../../schema/defaults.ts'
import { formatFieldError } from '../../schema/field-error.ts'
import { formatStrictProblem, inspect } from '../../schema/inspect.ts'
import { KubeletConfiguration } from './kubelet-configuration.ts'
import { withoutZeroDurations } from './settings.ts'
import { validateKubeletConfiguration } from './validate-kubelet-configuration.ts'

/** A configuration that cannot be used: all that is wrong with it. */
export class KubeletConfigurationError extends Error {
  override readonly name = 'KubeletConfigurationError'
}

const API_VERSION = 'kubelet.config.k8s.io/v1beta1'
const KIND = 'KubeletConfiguration'

/** How a node agent works that is told nothing. */
export const DEFAULT_CONFIGURATION: KubeletConfiguration = withDefaults(KubeletConfiguration, {
  apiVersion: API_VERSION,
  kind: KIND,
} as KubeletConfiguration)

/** Reads a KubeletConfiguration and fills in the defaults. Throws a `KubeletConfigurationError`. */
export function parseKubeletConfiguration(yaml: string): KubeletConfiguration {
  const configuration = withDefaults(
    KubeletConfiguration,
    withoutZeroDurations(KubeletConfiguration, read(yaml)),
  )
  const errors = validateKubeletConfiguration(configuration)
  if (errors.length === 0) return configuration
  const texts = errors.map(formatFieldError)
  const all = texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`
  throw new KubeletConfigurationError(`invalid configuration: ${all}`)
}

function read(yaml: string): KubeletConfiguration {
  const value = valueOf(yaml)
  const { apiVersion = '', kind = '' } = (value ?? {}) as Partial<KubeletConfiguration>
  if (kind !== KIND || apiVersion !== API_VERSION)
    throw new KubeletConfigurationError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}: want ${KIND} of ${API_VERSION}`,
    )
  const { strict } = inspect(KubeletConfiguration, value)
  if (strict.length > 0) {
    const problems = strict.map(formatStrictProblem).join(', ')
    throw new KubeletConfigurationError(`strict decoding error: ${problems}`)
  }
  try {
    return decode(KubeletConfiguration, value, {
      unknownFields: [],
    }) as unknown as KubeletConfiguration
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new KubeletConfigurationError(cause.message, { cause })
  }
}

function valueOf(yaml: string): unknown {
  try {
    return parseYamlDocuments(yaml)[0]?.value
  } catch (cause) {
    throw new KubeletConfigurationError((cause as Error).message, { cause })
  }
}
