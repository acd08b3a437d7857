import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { DecodeError, decode } from '../../schema/decode.ts'
import { withDefaults } from '../../schema/defaults.ts'
import { formatFieldError, type FieldError } from '../../schema/field-error.ts'
import { formatStrictProblem, inspect } from '../../schema/inspect.ts'
import type { MessageClass } from '../../schema/message.ts'
import { DEFAULT_MULTI_POINT } from './default-multi-point.ts'
import { DEFAULT_SCHEDULER } from './default-settings.ts'
import { mergedSelection } from './merged-selection.ts'
import { PLUGIN_ARGS, type PluginArgs, type PluginWithArgs } from './plugin-args.ts'
import { withArgsDefaults } from './plugin-args-defaults.ts'
import { SchedulerConfiguration, type SchedulerProfile } from './scheduler-configuration.ts'
import type { ProfileSettings, SchedulerSettings } from './scheduler-settings.ts'
import { validateSchedulerConfiguration } from './validate-scheduler-configuration.ts'

/** A configuration that cannot be used: all that is wrong with it, in upstream's words. */
export class SchedulerConfigurationError extends Error {
  override readonly name = 'SchedulerConfigurationError'
}

const API_VERSION = 'kubescheduler.config.k8s.io/v1'
const KIND = 'KubeSchedulerConfiguration'

/**
 * Reads a KubeSchedulerConfiguration and fills in the defaults. `plugins` are those that there are. Throws
 * `SchedulerConfigurationError`.
 */
export function parseSchedulerConfiguration(
  yaml: string,
  plugins: ReadonlySet<string>,
): SchedulerSettings {
  const configuration = readConfiguration(yaml)
  const { profiles: given = [{}], percentageOfNodesToScore = 0 } = configuration
  const only = given.length === 1 ? { schedulerName: DEFAULT_SCHEDULER } : {}
  const profiles = given.map((profile) => ({ ...only, ...profile }))
  const args = profiles.map((profile, i) => readArgs(profile, `profiles[${i}]`))
  const errors = validateSchedulerConfiguration({ ...configuration, profiles }, args, plugins)
  if (errors.length > 0) throw new SchedulerConfigurationError(aggregated(errors))
  return {
    podInitialBackoffSeconds: configuration.podInitialBackoffSeconds,
    podMaxBackoffSeconds: configuration.podMaxBackoffSeconds,
    extenders: configuration.extenders ?? [],
    profiles: profiles.map((profile, i): ProfileSettings => ({
      schedulerName: profile.schedulerName!,
      percentageOfNodesToScore: profile.percentageOfNodesToScore ?? percentageOfNodesToScore,
      selection: mergedSelection(DEFAULT_MULTI_POINT, profile.plugins),
      args: withIgnored(args[i]!, configuration),
    })),
  }
}

/** Resources that only extenders count. */
function withIgnored(args: PluginArgs, { extenders = [] }: SchedulerConfiguration): PluginArgs {
  const ignored = extenders.flatMap(({ managedResources = [] }) =>
    managedResources.filter((each) => each.ignoredByScheduler).map(({ name }) => name),
  )
  if (ignored.length === 0) return args
  const { ignoredResources = [] } = args.NodeResourcesFit
  const NodeResourcesFit = {
    ...args.NodeResourcesFit,
    ignoredResources: [...ignoredResources, ...ignored],
  }
  return { ...args, NodeResourcesFit }
}

function readConfiguration(yaml: string): SchedulerConfiguration {
  const [document] = documentsOf(yaml)
  const { apiVersion = '', kind = '' } = (document?.value ?? {}) as Partial<SchedulerConfiguration>
  if (kind !== KIND || apiVersion !== API_VERSION) {
    throw new SchedulerConfigurationError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}: want ${KIND} of ${API_VERSION}`,
    )
  }
  const duplicates = document?.duplicates ?? []
  if (duplicates.length > 0)
    throw new SchedulerConfigurationError(`strict decoding error: ${duplicates.join(', ')}`)
  return withDefaults(SchedulerConfiguration, read(SchedulerConfiguration, document?.value, ''))
}

function documentsOf(yaml: string): ReturnType<typeof parseYamlDocuments> {
  try {
    return parseYamlDocuments(yaml)
  } catch (cause) {
    throw new SchedulerConfigurationError((cause as Error).message, { cause })
  }
}

/** The arguments of all plugins that take any: those that are given, and the default. */
function readArgs({ pluginConfig = [] }: Partial<SchedulerProfile>, path: string): PluginArgs {
  const names = Object.keys(PLUGIN_ARGS) as PluginWithArgs[]
  return Object.fromEntries(
    names.map((name) => {
      const i = pluginConfig.findIndex((each) => each.name === name)
      const given = i < 0 ? {} : (pluginConfig[i]!.args ?? {})
      return [name, withArgsDefaults(name, readOne(name, given, `${path}.pluginConfig[${i}].args`))]
    }),
  ) as unknown as PluginArgs
}

function readOne<N extends PluginWithArgs>(name: N, given: object, path: string): PluginArgs[N] {
  const { kind = `${name}Args` } = given as { kind?: unknown }
  if (kind !== `${name}Args`) {
    throw new SchedulerConfigurationError(
      `${path}: args for plugin ${name} were not of type ${name}Args.${API_VERSION.split('/')[0]}, got ${String(kind)}`,
    )
  }
  return read(PLUGIN_ARGS[name], given, path)
}

/** Decodes strictly: what nobody knows is a mistake. */
function read<T>(type: MessageClass & { new (): T }, value: unknown, path: string): T {
  const { strict } = inspect(type, value)
  const prefix = path === '' ? '' : `${path}: `
  if (strict.length > 0) {
    const problems = strict.map(formatStrictProblem).join(', ')
    throw new SchedulerConfigurationError(`${prefix}strict decoding error: ${problems}`)
  }
  try {
    return decode(type, value, { unknownFields: [] }) as T
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new SchedulerConfigurationError(prefix + cause.message, { cause })
  }
}

function aggregated(errors: readonly FieldError[]): string {
  const texts = errors.map(formatFieldError)
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`
}
