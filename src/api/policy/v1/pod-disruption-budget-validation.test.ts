import { testCreates, testUpdates } from '../../testing.ts'
import { PodDisruptionBudget } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    PodDisruptionBudget,
    'both limits',
    { spec: { minAvailable: '101%', maxUnavailable: -1, unhealthyPodEvictionPolicy: 'X' } },
    [
      'spec: Invalid value: {"minAvailable":"101%","maxUnavailable":-1,"unhealthyPodEvictionPolicy":"X"}: minAvailable and maxUnavailable cannot be both set',
      'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
      'spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0',
      'spec.unhealthyPodEvictionPolicy: Unsupported value: "X": supported values: "AlwaysAllow", "IfHealthyBudget"',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    PodDisruptionBudget,
    'an odd condition',
    {
      status: {
        conditions: [{ type: 'a', status: 'X', reason: '', message: '' }],
        expectedPods: -1,
      },
    },
    {},
    [
      'status.conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"',
      'status.conditions[0].lastTransitionTime: Required value: must be set',
      'status.conditions[0].reason: Required value: must be set',
      'status.expectedPods: Invalid value: -1: must be greater than or equal to 0',
    ],
    'status',
  ],
])
