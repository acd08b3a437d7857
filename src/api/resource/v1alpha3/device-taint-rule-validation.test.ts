import { NAME_RULE, testCreates, testUpdates } from '../../testing.ts'
import { DeviceTaintRule, ResourcePoolStatusRequest } from './index.ts'

/** What is wrong with a new object, and all errors in upstream's words. */
testCreates([
  [
    DeviceTaintRule,
    'a taint without a key, and an odd device',
    { spec: { deviceSelector: { pool: '' }, taint: { key: 'a b', effect: 'None' } } },
    [
      'spec.deviceSelector.pool: Required value',
      `spec.taint.key: Invalid value: "a b": ${NAME_RULE}`,
    ],
  ],
  [
    ResourcePoolStatusRequest,
    'too many pools',
    { spec: { driver: 'a.b', limit: 1001 } },
    ['spec.limit: Invalid value: 1001: must be less than or equal to 1000'],
  ],
])

/** What changes in an object, and all errors in upstream's words. */
testUpdates([
  [
    ResourcePoolStatusRequest,
    'a report with odd figures',
    {
      spec: { driver: 'a.b' },
      status: { poolCount: -1, pools: [{ driver: 'a.b', poolName: 'p', totalDevices: -1 }] },
    },
    { spec: { driver: 'a.b' } },
    [
      'status.poolCount: Invalid value: -1: must be greater than or equal to 0',
      'status.pools[0].totalDevices: Invalid value: -1: must be greater than or equal to 0',
    ],
    'status',
  ],
])
