import { parseYamlDocuments } from '../../apimachinery/yaml.ts'

/** What `--tracing-config-file` says. */
export interface TracingConfiguration {
  /** Where spans are sent by OTLP over HTTP: `HOST:PORT`, or a URL. */
  readonly endpoint: string
  /** How many of a million requests are traced that nobody traces already. */
  readonly samplingRatePerMillion: number
}

const DEFAULT_ENDPOINT = 'localhost:4318'
const API_VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map(
  (version) => `apiserver.config.k8s.io/${version}`,
)
const RATE_MAX = 1_000_000

/** Reads a TracingConfiguration. Throws an Error of one sentence where it is none. */
export function parseTracingConfiguration(yaml: string): TracingConfiguration {
  const [document] = parseYamlDocuments(yaml)
  const value = document?.value as Readonly<Record<string, unknown>> | null | undefined
  if (value?.['kind'] !== 'TracingConfiguration') {
    throw new Error('Cannot read tracing configuration: kind is not TracingConfiguration')
  }
  if (!API_VERSIONS.includes(String(value['apiVersion']))) {
    throw new Error(
      `Cannot read tracing configuration: unknown version ${String(value['apiVersion'])}`,
    )
  }
  const { endpoint = DEFAULT_ENDPOINT, samplingRatePerMillion: rate = 0 } = value
  if (typeof endpoint !== 'string' || endpoint === '') {
    throw new Error('Cannot read tracing configuration: endpoint is not text')
  }
  if (typeof rate !== 'number' || !Number.isInteger(rate) || rate < 0 || rate > RATE_MAX) {
    const text = 'sampling rate must be positive and at most one million'
    throw new Error(`Cannot read tracing configuration: samplingRatePerMillion: ${text}`)
  }
  return { endpoint, samplingRatePerMillion: rate }
}
