import { qualifiedNameProblems } from '../../apimachinery/names.ts'
import {
  validateNodeSelector,
  validateNodeSelectorTerm,
} from '../../api/core/v1/node-selector-validation.ts'
import { eachAt, ifSet, NONE, oneOf, problemsAt, unique } from '../../api/validation/rules.ts'
import { parseDurationNs } from '../../schema/duration.ts'
import {
  atField,
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../schema/field-error.ts'
import { PLUGIN_ARGS, type PluginArgs, type PluginWithArgs } from './plugin-args.ts'
import type { SchedulerProfile } from './scheduler-configuration.ts'

/** What is wrong with the arguments that a profile gives to plugins (validation_pluginargs.go, upstream). */
export function validatePluginArgs(
  { pluginConfig }: SchedulerProfile,
  args: PluginArgs,
  path: string,
): FieldError[] {
  const at = atField(path, 'pluginConfig')
  return [
    ...unique(pluginConfig, at, ({ name }) => name),
    ...eachAt(pluginConfig, at, ({ name }, configPath) =>
      isWithArgs(name) ? validateArgs(name, args, `${configPath}.args`) : NONE,
    ),
  ]
}

function isWithArgs(name: string): name is PluginWithArgs {
  return Object.hasOwn(PLUGIN_ARGS, name)
}

function validateArgs<N extends PluginWithArgs>(
  name: N,
  args: PluginArgs,
  path: string,
): FieldError[] {
  return RULES[name](args[name], path)
}

type Rules = { readonly [N in PluginWithArgs]: (args: PluginArgs[N], path: string) => FieldError[] }

const RULES: Rules = {
  DefaultPreemption: validatePreemption,
  DynamicResources: ({ filterTimeout, bindingTimeout }, path) => [
    ...notBelow(0n, filterTimeout, `${path}.filterTimeout`, 'must be zero or positive'),
    ...notBelow(
      1_000_000_000n,
      bindingTimeout,
      `${path}.bindingTimeout`,
      'must be at least 1 second',
    ),
  ],
  InterPodAffinity: ({ hardPodAffinityWeight }, path) =>
    within(hardPodAffinityWeight, 0, 100, `${path}.hardPodAffinityWeight`),
  NodeAffinity: ({ addedAffinity }, path) =>
    ifSet(addedAffinity, (affinity) => validateAffinity(affinity, `${path}.addedAffinity`)),
  NodeResourcesBalancedAllocation: ({ resources }, path) => [
    ...eachAt(resources, `${path}.resources`, ({ name, weight }, at, i) => [
      ...(resources!.slice(0, i).some((each) => each.name === name)
        ? [duplicate(`${at}.name`, name)]
        : NONE),
      ...(weight === 1 ? NONE : [invalid(`${at}.weight`, weight, 'must be 1')]),
    ]),
  ],
  NodeResourcesFit: validateFit,
  PodTopologySpread: validateSpread,
  VolumeBinding: ({ bindTimeoutSeconds, shape }, path) => [
    ...(bindTimeoutSeconds < 0
      ? [
          invalid(
            `${path}.bindTimeoutSeconds`,
            bindTimeoutSeconds,
            'invalid BindTimeoutSeconds, should not be a negative value',
          ),
        ]
      : NONE),
    ...ifSet(shape, (value) => [
      invalid(
        `${path}.shape`,
        value,
        'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring',
      ),
    ]),
  ],
}

function within(value: number, min: number, max: number, path: string): FieldError[] {
  return value >= min && value <= max
    ? NONE
    : [invalid(path, value, `not in valid range [${min}, ${max}]`)]
}

function notBelow(min: bigint, duration: string, path: string, detail: string): FieldError[] {
  const ns = parseDurationNs(duration)
  return typeof ns === 'bigint' && ns >= min ? NONE : [invalid(path, duration, detail)]
}

function validatePreemption(args: PluginArgs['DefaultPreemption'], path: string): FieldError[] {
  const [percentagePath, absolutePath] = [
    `${path}.minCandidateNodesPercentage`,
    `${path}.minCandidateNodesAbsolute`,
  ]
  const { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute } = args
  const both = 'cannot be zero at the same time as'
  return [
    ...within(percentage, 0, 100, percentagePath),
    ...(absolute < 0 ? [invalid(absolutePath, absolute, 'not in valid range [0, inf)')] : NONE),
    ...(percentage === 0 && absolute === 0
      ? [
          invalid(percentagePath, percentage, `${both} minCandidateNodesAbsolute`),
          invalid(absolutePath, absolute, `${both} minCandidateNodesPercentage`),
        ]
      : NONE),
  ]
}

function validateAffinity(
  affinity: NonNullable<PluginArgs['NodeAffinity']['addedAffinity']>,
  path: string,
): FieldError[] {
  const {
    requiredDuringSchedulingIgnoredDuringExecution: needed,
    preferredDuringSchedulingIgnoredDuringExecution: preferred,
  } = affinity
  const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution`
  return [
    ...ifSet(needed, (selector) =>
      validateNodeSelector(selector, `${path}.requiredDuringSchedulingIgnoredDuringExecution`),
    ),
    ...eachAt(preferred, at, ({ preference }, termPath) =>
      validateNodeSelectorTerm(preference, termPath),
    ),
  ]
}

function validateFit(args: PluginArgs['NodeResourcesFit'], path: string): FieldError[] {
  const { ignoredResources, ignoredResourceGroups, scoringStrategy } = args
  return [
    ...eachAt(ignoredResources, `${path}.ignoredResources`, validateLabelName),
    ...eachAt(ignoredResourceGroups, `${path}.ignoredResourceGroups`, (group, at) => [
      ...(group.includes('/')
        ? [invalid(at, group, "resource group name can't contain '/'")]
        : NONE),
      ...validateLabelName(group, at),
    ]),
    ...ifSet(scoringStrategy, (strategy) => validateStrategy(strategy, `${path}.scoringStrategy`)),
  ]
}

function validateLabelName(name: string, path: string): FieldError[] {
  return problemsAt(path, name, qualifiedNameProblems(name))
}

const STRATEGIES = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio']

function validateStrategy(
  {
    type,
    resources,
    requestedToCapacityRatio: ratio,
  }: NonNullable<PluginArgs['NodeResourcesFit']['scoringStrategy']>,
  path: string,
): FieldError[] {
  const at = `${path}.requestedToCapacityRatio`
  return [
    ...oneOf(type, STRATEGIES, `${path}.type`),
    ...eachAt(resources, `${path}.resources`, ({ name, weight = 1 }, itemPath) => {
      const text = `resource weight of ${name} not in valid range (0, 100]`
      return weight > 0 && weight <= 100 ? NONE : [invalid(`${itemPath}.weight`, weight, text)]
    }),
    ...(type === 'RequestedToCapacityRatio'
      ? ratio
        ? validateShape(ratio.shape, `${at}.shape`)
        : [required(at, 'must be specified when type is RequestedToCapacityRatio')]
      : ifSet(ratio, () => [
          forbidden(at, 'must be nil when type is not RequestedToCapacityRatio'),
        ])),
  ]
}

type Shape = readonly { readonly utilization: number; readonly score: number }[]

function validateShape(shape: Shape = [], path: string): FieldError[] {
  if (shape.length === 0) return [required(path, 'at least one point must be specified')]
  const unsorted = shape.findIndex(
    ({ utilization }, i) => i > 0 && shape[i - 1]!.utilization >= utilization,
  )
  return [
    ...(unsorted < 0
      ? NONE
      : [
          invalid(
            `${path}[${unsorted}].utilization`,
            shape[unsorted]!.utilization,
            'values must be sorted in increasing order',
          ),
        ]),
    ...eachAt(shape, path, ({ utilization, score }, at) => [
      ...within(utilization, 0, 100, `${at}.utilization`),
      ...within(score, 0, 10, `${at}.score`),
    ]),
  ]
}

function validateSpread(
  { defaultingType: type, defaultConstraints = [] }: PluginArgs['PodTopologySpread'],
  path: string,
): FieldError[] {
  const at = `${path}.defaultConstraints`
  return [
    ...oneOf(type, ['System', 'List'], `${path}.defaultingType`),
    ...(type === 'System' && defaultConstraints.length > 0
      ? [invalid(`${path}.defaultingType`, type, 'when .defaultConstraints are not empty')]
      : NONE),
    ...eachAt(defaultConstraints, at, (each, itemPath) => [
      ...(each.maxSkew > 0
        ? NONE
        : [invalid(`${itemPath}.maxSkew`, each.maxSkew, 'not in valid range (0, inf)')]),
      ...(each.topologyKey
        ? validateLabelName(each.topologyKey, `${itemPath}.topologyKey`)
        : [required(`${itemPath}.topologyKey`, 'can not be empty')]),
      ...(each.whenUnsatisfiable
        ? oneOf(
            each.whenUnsatisfiable,
            ['DoNotSchedule', 'ScheduleAnyway'],
            `${itemPath}.whenUnsatisfiable`,
          )
        : [required(`${itemPath}.whenUnsatisfiable`, 'can not be empty')]),
      ...ifSet(each.labelSelector, () => [
        forbidden(
          `${itemPath}.labelSelector`,
          'constraint must not define a selector, as they deduced for each pod',
        ),
      ]),
    ]),
    ...unique(
      defaultConstraints,
      at,
      ({ topologyKey, whenUnsatisfiable }) => `{${topologyKey}, ${whenUnsatisfiable}}`,
    ),
  ]
}
