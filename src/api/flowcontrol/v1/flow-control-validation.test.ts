import { testCreates } from '../../testing.ts'
import { FlowSchema, PriorityLevelConfiguration } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    FlowSchema,
    'odd rules',
    {
      spec: {
        matchingPrecedence: 1,
        priorityLevelConfiguration: { name: '' },
        rules: [
          {
            subjects: [{ kind: 'User', group: { name: 'a' } }, { kind: 'X' }],
            resourceRules: [{ verbs: ['x'], apiGroups: ['*', 'a'], resources: [], namespaces: [] }],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['a*b'] }],
          },
        ],
      },
    },
    [
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
      "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      'spec.rules[0].subjects[1].kind: Unsupported value: "X": supported values: "Group", "ServiceAccount", "User"',
      'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["x"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      `spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other api groups`,
      'spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource',
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a*b": must start with slash',
    ],
  ],
  [
    PriorityLevelConfiguration,
    'a hand larger than the deck',
    {
      spec: {
        type: 'Limited',
        limited: { limitResponse: { type: 'Queue', queuing: { handSize: 65, queues: 64 } } },
      },
    },
    [
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 65: should not be greater than queues (64)',
    ],
  ],
  [
    PriorityLevelConfiguration,
    'another catch-all',
    {
      metadata: { name: 'catch-all' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 6, limitResponse: { type: 'Reject' } },
      },
    },
    [
      `spec: Invalid value: {"type":"Limited","limited":{"nominalConcurrencyShares":6,"limitResponse":{"type":"Reject"},"lendablePercent":0}}: spec of 'catch-all' must equal the fixed value`,
    ],
  ],
])
