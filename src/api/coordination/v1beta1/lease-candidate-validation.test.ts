import { testCreates, testUpdates } from '../../testing.ts'
import { LeaseCandidate } from './index.ts'

const RIGHT = {
  leaseName: 'kube-scheduler',
  binaryVersion: '1.36.0',
  emulationVersion: '1.35.0',
  strategy: 'OldestEmulationVersion',
}

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [LeaseCandidate, 'all that is needed', { spec: RIGHT }, []],
  [
    LeaseCandidate,
    'nothing',
    { spec: {} },
    [
      'spec.leaseName: Required value',
      'spec.binaryVersion: Required value',
      'spec.strategy: Required value',
    ],
  ],
  [
    LeaseCandidate,
    'versions that are none',
    { spec: { ...RIGHT, binaryVersion: 'v1', emulationVersion: '1.36' } },
    [
      'spec.emulationVersion: Invalid value: "1.36": must be a valid semantic version',
      'spec.binaryVersion: Invalid value: "v1": must be a valid semantic version',
      "spec.emulationVersion: Required value: must be specified when `strategy` is 'OldestEmulationVersion'",
    ],
  ],
  [
    LeaseCandidate,
    'a release before the one it emulates, and another strategy',
    { spec: { ...RIGHT, binaryVersion: '1.35.0-rc.1', strategy: 'Newest' } },
    [
      'spec.binaryVersion: Invalid value: "1.35.0-rc.1": must be greater than or equal to `emulationVersion`',
      'spec.strategy.strategy: Unsupported value: "Newest": supported values: "OldestEmulationVersion"',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    LeaseCandidate,
    'another Lease',
    { spec: RIGHT },
    { spec: { ...RIGHT, leaseName: 'other' } },
    ['spec.leaseName: Invalid value: "kube-scheduler": field is immutable'],
  ],
])
