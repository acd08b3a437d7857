import { int32, int64, listOf, ref, string } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import { message, resource } from './group.ts'

export class PoolStatus extends message('How much of one resource pool is in use.', {
  driver: string(1, 'Name of the DRA driver of the pool.').requiredDropped(),
  poolName: string(2, 'Name of the pool that is reported on.').requiredDropped(),
  generation: int64(9, 'Generation of the pool that the figures are for.').required(),
  resourceSliceCount: int32(
    8,
    'How many ResourceSlices make up the pool. May be unset when the pool is not valid.',
  ).pointer(),
  totalDevices: int32(
    4,
    'How many devices the pool has. May be unset when the pool is not valid.',
  ).pointer(),
  allocatedDevices: int32(
    5,
    'How many devices are allocated to claims. May be unset when the pool is not valid.',
  ).pointer(),
  availableDevices: int32(
    6,
    'How many devices are free to allocate. May be unset when the pool is not valid.',
  ).pointer(),
  unavailableDevices: int32(
    7,
    'How many devices are not allocated but cannot be used, for instance because of taints.',
  ).pointer(),
  nodeName: string(
    3,
    'Node that the pool belongs to. Unset when it is not tied to one node.',
  ).pointer(),
  validationError: string(
    10,
    'What is wrong with the pool, such as missing slices. Unset when nothing is.',
  ).pointer(),
}) {}

export class ResourcePoolStatusRequestSpec extends message('Which pools to report on.', {
  driver: string(1, 'Report only on pools of this DRA driver.').required(),
  poolName: string(
    2,
    'Report only on the pool of this name. All pools of the driver when unset.',
  ).pointer(),
  limit: int32(3, 'Most pools to include in the report. Defaults to 100.')
    .pointer()
    .default(100)
    .told(),
}) {}

export class ResourcePoolStatusRequestStatus extends message('The report on resource pools.', {
  poolCount: int32(
    6,
    'How many pools matched. More than are listed when the limit cut the report short.',
  ).requiredPointer(),
  pools: listOf(PoolStatus, 2, 'The matching pools, up to the limit.').atomic(),
  conditions: listOf(Condition, 3, 'Whether the report is Complete or has Failed.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class ResourcePoolStatusRequest extends resource(
  'Asks for a one-time report on how resource pools are used.',
  {
    plural: 'resourcepoolstatusrequests',
    namespaced: false,
    subresources: ['status'],
    requiredMetadata: true,
  },
  {
    spec: ref(
      ResourcePoolStatusRequestSpec,
      2,
      'The pools to report on. Cannot be changed.',
    ).required(),
    status: ref(
      ResourcePoolStatusRequestStatus,
      3,
      'The report, filled in by the controller. Unset until it is ready.',
    ),
  },
) {}
