import { equal } from '../../apimachinery/equality.ts'
import { qualifiedNameProblems } from '../../apimachinery/names.ts'
import { isExtended } from '../../api/core/v1/resource-names.ts'
import { eachAt, ifSet, NONE, problemsAt } from '../../api/validation/rules.ts'
import {
  atField,
  atIndex,
  duplicate,
  invalid,
  required,
  type FieldError,
} from '../../schema/field-error.ts'
import { EXTENSION_POINTS, type ExtensionPoint } from '../framework/plugin-selection.ts'
import type { PluginArgs } from './plugin-args.ts'
import type {
  ExtenderConfiguration,
  PluginSet,
  SchedulerConfiguration,
  SchedulerProfile,
} from './scheduler-configuration.ts'
import { validatePluginArgs } from './validate-plugin-args.ts'

type Profiles = readonly SchedulerProfile[]

/** All that is wrong with a configuration (pkg/scheduler/apis/config/validation/validation.go). */
export function validateSchedulerConfiguration(
  configuration: SchedulerConfiguration,
  args: readonly PluginArgs[],
  plugins: ReadonlySet<string>,
): FieldError[] {
  const { profiles = [], extenders, parallelism } = configuration
  const { podInitialBackoffSeconds: initial, podMaxBackoffSeconds: max } = configuration
  return [
    ...validateLeaderElection(configuration),
    ...unless(
      parallelism > 0,
      'parallelism',
      parallelism,
      'should be an integer value greater than zero',
    ),
    ...eachAt(profiles, 'profiles', (profile, path, i) => [
      ...validateProfile(profile, path, plugins),
      ...validateSchedulerName(profiles, i),
      ...validatePluginArgs(profile, args[i]!, path),
    ]),
    ...validateCommonSort(profiles),
    ...validatePercentage(configuration.percentageOfNodesToScore, 'percentageOfNodesToScore'),
    ...unless(initial > 0, 'podInitialBackoffSeconds', initial, 'must be greater than 0'),
    ...unless(
      max >= initial,
      'podMaxBackoffSeconds',
      max,
      'must be greater than or equal to PodInitialBackoffSeconds',
    ),
    ...validateExtenders(extenders),
  ]
}

function unless(holds: boolean, path: string, value: unknown, detail: string): FieldError[] {
  return holds ? NONE : [invalid(path, value, detail)]
}

function validateLeaderElection({ leaderElection }: SchedulerConfiguration): FieldError[] {
  const { leaderElect = true, resourceLock = 'leases' } = leaderElection ?? {}
  return unless(
    !leaderElect || resourceLock === 'leases',
    'leaderElection.resourceLock',
    resourceLock,
    'resourceLock value must be "leases"',
  )
}

function validateProfile(
  { schedulerName, percentageOfNodesToScore, plugins: sets = {} }: SchedulerProfile,
  path: string,
  known: ReadonlySet<string>,
): FieldError[] {
  return [
    ...(schedulerName ? NONE : [required(atField(path, 'schedulerName'))]),
    ...validatePercentage(percentageOfNodesToScore, atField(path, 'percentageOfNodesToScore')),
    ...[...POINTS, 'multiPoint' as const].flatMap((point) =>
      validatePluginSet(sets[point], `${path}.plugins.${point}`, known),
    ),
  ]
}

const POINTS = Object.keys(EXTENSION_POINTS) as ExtensionPoint[]

function validatePluginSet(
  set: PluginSet | undefined,
  path: string,
  known: ReadonlySet<string>,
): FieldError[] {
  const { enabled = [] } = set ?? {}
  return eachAt(enabled, `${path}.enabled`, ({ name }, at, i) => {
    if (!known.has(name)) return [invalid(at, name, `plugin "${name}" does not exist`)]
    return enabled.slice(0, i).some((each) => each.name === name) ? [duplicate(at, name)] : NONE
  })
}

function validateSchedulerName(profiles: Profiles, i: number): FieldError[] {
  const { schedulerName } = profiles[i]!
  const first = profiles.findIndex((each) => each.schedulerName === schedulerName)
  return schedulerName && first < i
    ? [duplicate(`profiles[${i}].schedulerName`, `profiles[${first}].schedulerName`)]
    : NONE
}

/** There is one queue, so that all profiles must sort alike. */
function validateCommonSort(profiles: Profiles): FieldError[] {
  const sorts = profiles.map(({ plugins }) => plugins?.queueSort ?? {})
  const count = sorts[0]?.enabled?.length ?? 0
  return [
    ...unless(
      count <= 1,
      'profiles[0].plugins.queueSort.Enabled',
      count,
      'only one queue sort plugin can be enabled',
    ),
    ...sorts.flatMap((sort, i) =>
      unless(
        equal(sort, sorts[0]),
        `profiles[${i}].plugins.queueSort`,
        sort,
        'must be the same for all profiles',
      ),
    ),
  ]
}

function validatePercentage(percentage: number | undefined, path: string): FieldError[] {
  return ifSet(percentage, (value) =>
    unless(value >= 0 && value <= 100, path, value, 'not in valid range [0-100]'),
  )
}

function validateExtenders(extenders: readonly ExtenderConfiguration[] = []): FieldError[] {
  const binders = extenders.filter(({ bindVerb }) => bindVerb).length
  const managed = new Set<string>()
  return [
    ...eachAt(extenders, 'extenders', (extender, path) =>
      validateExtender(extender, path, managed),
    ),
    ...unless(
      binders <= 1,
      'extenders',
      `found ${binders} extenders implementing bind`,
      'only one extender can implement bind',
    ),
  ]
}

function validateExtender(
  { prioritizeVerb, weight = 0, managedResources = [] }: ExtenderConfiguration,
  path: string,
  managed: Set<string>,
): FieldError[] {
  return [
    ...unless(
      !prioritizeVerb || weight > 0,
      atField(path, 'weight'),
      weight,
      'must have a positive weight applied to it',
    ),
    ...managedResources.flatMap(({ name }, i) => {
      const at = `${atIndex(atField(path, 'managedResources'), i)}.name`
      const isKnown = managed.has(name)
      managed.add(name)
      return [
        ...validateResourceName(name, at),
        ...unless(!isKnown, at, name, 'duplicate extender managed resource name'),
      ]
    }),
  ]
}

function validateResourceName(name: string, path: string): FieldError[] {
  const problems = qualifiedNameProblems(name)
  if (problems.length > 0) return problemsAt(path, name, problems)
  return unless(isExtended(name), path, name, 'is an invalid extended resource name')
}
