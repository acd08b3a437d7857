import { testCreates, testUpdates } from '../../testing.ts'
import {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    StorageClass,
    'unknown values',
    {
      provisioner: '',
      reclaimPolicy: 'Recycle',
      volumeBindingMode: 'X',
      allowedTopologies: [
        {
          matchLabelExpressions: [
            { key: 'a', values: [] },
            { key: 'a', values: ['x', 'x'] },
          ],
        },
        {},
      ],
    },
    [
      'provisioner: Required value',
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "X": supported values: "Immediate", "WaitForFirstConsumer"',
      'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
      'allowedTopologies[0].matchLabelExpressions[1].values[1]: Duplicate value: "x"',
      'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "a"',
      'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
    ],
  ],
  [
    VolumeAttributesClass,
    'nothing in it',
    { driverName: '' },
    [
      'driverName: Required value',
      'parameters: Required value: must contain at least one key/value pair',
    ],
  ],
  [
    VolumeAttachment,
    'nothing to attach',
    { spec: { attacher: 'a', nodeName: 'n', source: {} } },
    [
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
  ],
  [
    CSIDriver,
    'unknown values',
    {
      spec: {
        fsGroupPolicy: 'X',
        tokenRequests: [{ audience: 'a', expirationSeconds: 1 }, { audience: 'a' }],
        nodeAllocatableUpdatePeriodSeconds: 1,
        volumeLifecycleModes: ['X'],
      },
    },
    [
      'spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.volumeLifecycleModes: Unsupported value: "X": supported values: "Persistent", "Ephemeral"',
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 1: must be greater than or equal to 10 seconds',
    ],
  ],
  [
    CSINode,
    'a driver without a node',
    {
      spec: {
        drivers: [
          { name: 'a', nodeID: '', topologyKeys: ['a', 'a'] },
          { name: 'a', nodeID: 'n', topologyKeys: null, allocatable: { count: -1 } },
        ],
      },
    },
    [
      'spec.drivers[0].nodeID: Required value',
      'spec.drivers[0]: Duplicate value: "a"',
      'spec.drivers[1].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
      'spec.drivers[1].name: Duplicate value: "a"',
    ],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    StorageClass,
    'another provisioner',
    { provisioner: 'a', volumeBindingMode: 'WaitForFirstConsumer' },
    { provisioner: 'b', parameters: { a: 'b' }, reclaimPolicy: 'Retain' },
    [
      'parameters: Forbidden: updates to parameters are forbidden.',
      'provisioner: Forbidden: updates to provisioner are forbidden.',
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ],
  ],
  [
    VolumeAttributesClass,
    'other parameters',
    { driverName: 'a', parameters: { a: 'b' } },
    { driverName: 'b', parameters: { a: 'c' } },
    [
      'driverName: Forbidden: updates to driverName are forbidden.',
      'parameters: Forbidden: updates to parameters are forbidden.',
    ],
  ],
  [
    CSIDriver,
    'another way of attaching',
    { spec: { attachRequired: false } },
    { spec: {} },
    ['spec.attachedRequired: Invalid value: false: field is immutable'],
  ],
  [
    CSIStorageCapacity,
    'another class',
    { storageClassName: 'a', capacity: '-1' },
    { storageClassName: 'b' },
    [
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
      'storageClassName: Invalid value: "a": field is immutable',
    ],
  ],
])
