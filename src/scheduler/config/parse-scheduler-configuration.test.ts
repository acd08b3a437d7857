import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { PLUGIN_NAMES } from '../default-plugins.ts'
import { configurationYaml } from '../testing.ts'
import { DEFAULT_SETTINGS } from './default-settings.ts'
import { parseSchedulerConfiguration } from './parse-scheduler-configuration.ts'
import type { SchedulerSettings } from './scheduler-settings.ts'

function parse(configuration: object): SchedulerSettings {
  return parseSchedulerConfiguration(configurationYaml(configuration), PLUGIN_NAMES)
}

/** All that is wrong, each on its own line. */
function wrong(configuration: object): readonly string[] {
  try {
    parse(configuration)
  } catch (error) {
    return (error as Error).message.replace(/^\[(.*)\]$/s, '$1').split(/, (?=[a-z]+(?:\[|:|[A-Z]))/)
  }
  return []
}

const args = (name: string, value: object): object => ({
  profiles: [{ pluginConfig: [{ name, args: value }] }],
})

test('a configuration that says nothing is the default', () => {
  assert.deepEqual(parse({}), DEFAULT_SETTINGS)
})

test('every plugin of the default can be made', () => {
  const { multiPoint } = DEFAULT_SETTINGS.profiles[0]!.selection
  assert.deepEqual(new Set(multiPoint.map(({ name }) => name)), PLUGIN_NAMES)
})

test('parseSchedulerConfiguration() fills in what is left out of arguments', () => {
  const strategy = { type: 'MostAllocated', resources: [{ name: 'example.com/gpu' }] }
  const [profile] = parse(args('NodeResourcesFit', { scoringStrategy: strategy })).profiles
  assert.deepEqual(profile!.args.NodeResourcesFit, {
    scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'example.com/gpu', weight: 1 }] },
  })
  assert.equal(profile!.args.DefaultPreemption.minCandidateNodesAbsolute, 100)
  assert.equal(profile!.schedulerName, 'default-scheduler')
})

test('a profile looks at as many nodes as it says itself, or as all do', () => {
  const { profiles } = parse({
    percentageOfNodesToScore: 30,
    profiles: [{ schedulerName: 'a' }, { schedulerName: 'b', percentageOfNodesToScore: 0 }],
  })
  assert.deepEqual(
    profiles.map((each) => each.percentageOfNodesToScore),
    [30, 0],
  )
})

test('parseSchedulerConfiguration() names all that is wrong at once', () => {
  const found = wrong({
    parallelism: 0,
    percentageOfNodesToScore: 101,
    podInitialBackoffSeconds: 20,
    profiles: [
      { schedulerName: 'a', plugins: { score: { enabled: [{ name: 'None' }] } } },
      { schedulerName: 'a', plugins: { queueSort: { disabled: [{ name: 'PrioritySort' }] } } },
    ],
    extenders: [
      { urlPrefix: 'http://a', bindVerb: 'bind', prioritizeVerb: 'rank' },
      { urlPrefix: 'http://b', bindVerb: 'bind', managedResources: [{ name: 'cpu' }] },
    ],
  })
  assert.deepEqual(found, [
    'parallelism: Invalid value: 0: should be an integer value greater than zero',
    'profiles[0].plugins.score.enabled[0]: Invalid value: "None": plugin "None" does not exist',
    'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
    'profiles[1].plugins.queueSort: Invalid value: {"disabled":[{"name":"PrioritySort"}]}: must be the same for all profiles',
    'percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]',
    'podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds',
    'extenders[0].weight: Invalid value: 0: must have a positive weight applied to it',
    'extenders[1].managedResources[0].name: Invalid value: "cpu": is an invalid extended resource name',
    'extenders: Invalid value: "found 2 extenders implementing bind": only one extender can implement bind',
  ])
})

test('parseSchedulerConfiguration() checks the arguments of plugins', () => {
  const at = 'profiles[0].pluginConfig[0].args'
  const cases: readonly (readonly [string, object, string])[] = [
    [
      'InterPodAffinity',
      { hardPodAffinityWeight: 101 },
      'hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]',
    ],
    [
      'NodeResourcesFit',
      { scoringStrategy: { type: 'RequestedToCapacityRatio' } },
      'scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is RequestedToCapacityRatio',
    ],
    [
      'NodeResourcesFit',
      { scoringStrategy: { type: 'Best' } },
      'scoringStrategy.type: Unsupported value: "Best": supported values: "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"',
    ],
    [
      'PodTopologySpread',
      {
        defaultConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
      },
      'defaultingType: Invalid value: "System": when .defaultConstraints are not empty',
    ],
    [
      'NodeAffinity',
      { addedAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } },
      'addedAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
    [
      'VolumeBinding',
      { bindTimeoutSeconds: -1 },
      'bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds, should not be a negative value',
    ],
    [
      'DynamicResources',
      { bindingTimeout: '1ms' },
      'bindingTimeout: Invalid value: "1ms": must be at least 1 second',
    ],
  ]
  for (const [name, value, text] of cases)
    assert.deepEqual(wrong(args(name, value)), [`${at}.${text}`])
})

test('parseSchedulerConfiguration() refuses what nobody knows', () => {
  assert.deepEqual(wrong({ profile: [] }), ['strict decoding error: unknown field "profile"'])
  assert.deepEqual(wrong(args('NodeAffinity', { added: 1 })), [
    'profiles[0].pluginConfig[0].args: strict decoding error: unknown field "added"',
  ])
  assert.throws(() => parseSchedulerConfiguration('kind: Pod', PLUGIN_NAMES), {
    message:
      'no kind "Pod" is registered for version "": want KubeSchedulerConfiguration of kubescheduler.config.k8s.io/v1',
  })
})
