import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decoded, texts } from '../../testing.ts'
import { jobStrategy } from './job-strategy.ts'
import { Job } from './job.ts'

const { applyDefaults, prepareForCreate, prepareForUpdate, validateCreate, validateUpdate } =
  jobStrategy

type Json = Record<string, unknown>

const CONTEXT = { user: { name: 'u', groups: [] } } as never

function job(spec: Json = {}, pod: Json = {}, more: Json = {}): Job {
  const template = {
    ...(spec['template'] as Json),
    spec: { containers: [{ name: 'app', image: 'app:1' }], restartPolicy: 'Never', ...pod },
  }
  const made = decoded(Job, {
    metadata: { name: 'pi', uid: 'uid-1' },
    ...more,
    spec: { ...spec, template },
  })
  return prepareForCreate!(applyDefaults!(made), CONTEXT)
}

const RULE = { action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }

/** What is wrong, the Job, and all errors in upstream's words. */
const CASES: readonly (readonly [string, Job, readonly string[]])[] = [
  ['nothing', job(), []],
  ['nothing, Indexed', job({ completionMode: 'Indexed', completions: 3, parallelism: 2 }), []],
  [
    'Pods that run forever',
    job({}, { restartPolicy: 'Always' }),
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    'negative numbers',
    job({ parallelism: -1, completions: -1, backoffLimit: -1 }),
    [
      'spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      'spec.completions: Invalid value: -1: must be greater than or equal to 0',
      'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  [
    'labels that are not as generated',
    job({ template: { metadata: { labels: { 'job-name': 'other' } } } }),
    [
      `spec.template.metadata.labels[job-name]: Invalid value: {"job-name":"other","controller-uid":"uid-1","batch.kubernetes.io/controller-uid":"uid-1","batch.kubernetes.io/job-name":"pi"}: must be 'pi'`,
    ],
  ],
  [
    'Indexed without completions, its names too long',
    job({ completionMode: 'Indexed', parallelism: 100_001 }),
    [
      'spec.completions: Required value: when completion mode is Indexed',
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
    ],
  ],
  [
    'limits of indexes without indexes',
    job({ backoffLimitPerIndex: 1, maxFailedIndexes: 1 }),
    [
      'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
      'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
    ],
  ],
  [
    'a manager without a domain',
    job({ managedBy: 'me' }),
    ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'a policy for failures',
    job(
      {
        podReplacementPolicy: 'TerminatingOrFailed',
        podFailurePolicy: {
          rules: [
            RULE,
            {
              action: 'FailIndex',
              onExitCodes: { containerName: 'x', operator: 'In', values: [2, 0, 2] },
              onPodConditions: [{ type: 'DisruptionTarget', status: 'Maybe' }],
            },
            { action: '' },
          ],
        },
      },
      { restartPolicy: 'OnFailure' },
    ),
    [
      'spec.podFailurePolicy.rules[1].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
      'spec.podFailurePolicy.rules[1].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[1].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[1].onExitCodes.values[2]: Duplicate value: 2',
      'spec.podFailurePolicy.rules[1].onExitCodes.values: Invalid value: [2,0,2]: must be ordered',
      'spec.podFailurePolicy.rules[1].onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
      'spec.podFailurePolicy.rules[1]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported',
      'spec.podFailurePolicy.rules[2].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
      'spec.podFailurePolicy.rules[2]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ],
  ],
  [
    'a policy for success',
    job({
      completionMode: 'Indexed',
      completions: 5,
      successPolicy: {
        rules: [{}, { succeededIndexes: '1,0-2' }, { succeededIndexes: '0-2', succeededCount: 4 }],
      },
    }),
    [
      'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
      'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "1,0-2": error parsing succeededIndexes: non-increasing order, previous: 1, current: 0',
      'spec.successPolicy.rules[2].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)',
    ],
  ],
]

for (const [what, object, expected] of CASES) {
  test(`a Job with ${what}`, () => assert.deepEqual(texts(validateCreate(object)), expected))
}

test('a Job gets its selector, and its labels from the template', () => {
  const { metadata, spec, status } = job()
  const labels = {
    'batch.kubernetes.io/controller-uid': 'uid-1',
    'batch.kubernetes.io/job-name': 'pi',
    'controller-uid': 'uid-1',
    'job-name': 'pi',
  }
  assert.deepEqual(metadata.labels, labels)
  assert.equal(metadata.generation, 1)
  const { template, ...rest } = spec
  assert.deepEqual(template.metadata.labels, labels)
  assert.deepEqual(rest, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: 'TerminatingOrFailed',
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'uid-1' } },
  })
  assert.deepEqual(status, {})
})

test('little of a Job may change', () => {
  const old = job()
  const update = (spec: Json, from = old): string[] => {
    const changed = { ...from, spec: { ...from.spec, ...spec } }
    return texts(validateUpdate(prepareForUpdate!(changed, from, CONTEXT), from)).map((text) =>
      text.replace(/: \{.*\}: /, ': '),
    )
  }
  assert.deepEqual(update({ parallelism: 3, suspend: true, backoffLimit: 1 }), [])
  assert.deepEqual(update({ completions: 2 }), [
    'spec.completions: Invalid value: 2: field is immutable',
  ])
  const { template } = old.spec
  const pods = (spec: Json): Json => ({
    template: { ...template, spec: { ...template.spec, ...spec } },
  })
  const immutable = ['spec.template: Invalid value: field is immutable']
  const resources = [{ name: 'app', image: 'app:1', resources: { limits: { cpu: '1' } } }]
  const containers = [{ ...template.spec.containers[0], ...resources[0] }]
  assert.deepEqual(update(pods({ nodeSelector: { a: 'b' } })), immutable)
  const suspended = job({ suspend: true })
  assert.deepEqual(update(pods({ nodeSelector: { a: 'b' }, containers }), suspended), [])
  assert.deepEqual(update(pods({ hostNetwork: true }), suspended), immutable)
  const elastic = job({ completionMode: 'Indexed', completions: 3, parallelism: 3 })
  assert.deepEqual(update({ completions: 4, parallelism: 4 }, elastic), [])
  assert.deepEqual(update({ completions: 4 }, elastic), [
    'spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism',
  ])
})

test('an ended Job stays ended', () => {
  const started = { startTime: '2026-01-01T00:00:00Z' }
  const is = (type: string): Json => ({ type, status: 'True' })
  const withStatus = (status: Json): Job => decoded(Job, { ...job(), status })
  const complete = {
    ...started,
    completionTime: '2026-01-01T00:01:00Z',
    succeeded: 1,
    conditions: [is('SuccessCriteriaMet'), is('Complete')],
  }
  const update = (status: Json, before: Json): string[] =>
    texts(jobStrategy.status!.validateUpdate(withStatus(status), withStatus(before)))
  assert.deepEqual(update(complete, started), [])
  assert.deepEqual(update({ ...complete, conditions: [is('Complete')] }, started), [
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ])
  assert.deepEqual(update({ ...started, active: 1 }, complete), [
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
    'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
    'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
  ])
  assert.deepEqual(update({ conditions: [is('Failed')], active: 1 }, {}), [
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
    'status.startTime: Required value: startTime is required for finished job',
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
  ])
})
