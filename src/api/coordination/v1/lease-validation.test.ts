import { testCreates } from '../../testing.ts'
import { Lease } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    Lease,
    'odd numbers',
    { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } },
    [
      'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
      'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
])
