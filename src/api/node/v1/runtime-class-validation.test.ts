import { LABEL_RULE, testCreates, testUpdates } from '../../testing.ts'
import { RuntimeClass } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    RuntimeClass,
    'unknown values',
    {
      handler: 'A',
      overhead: { podFixed: { cpu: '-1' } },
      scheduling: {
        tolerations: [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'Exists' },
        ],
      },
    },
    [
      `handler: Invalid value: "A": ${LABEL_RULE}`,
      'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'scheduling.tolerations[1]: Duplicate value: {"key":"a","operator":"Exists"}',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    RuntimeClass,
    'another handler',
    { handler: 'a' },
    { handler: 'b' },
    ['handler: Invalid value: "a": field is immutable'],
  ],
])
