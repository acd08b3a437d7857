import { testCreates, testUpdates } from '../../testing.ts'
import { PriorityClass } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    PriorityClass,
    'a name of the system',
    { metadata: { name: 'system-x' }, value: 1 },
    [
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
    ],
  ],
  [
    PriorityClass,
    'too much of it',
    { value: 1000000001, preemptionPolicy: 'X' },
    [
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
      'preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
    ],
  ],
  [
    PriorityClass,
    'the class of the system',
    { metadata: { name: 'system-node-critical' }, value: 2000001000 },
    [],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    PriorityClass,
    'another value',
    { value: 2 },
    { value: 1 },
    ['value: Forbidden: may not be changed in an update.'],
  ],
])
