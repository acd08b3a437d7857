import type { DeviceClass } from '../../api/resource/v1/device-class.ts'
import type { ResourceClaimTemplate } from '../../api/resource/v1/resource-claim-template.ts'
import type { ResourceClaim } from '../../api/resource/v1/resource-claim.ts'
import type { ResourceSlice } from '../../api/resource/v1/resource-slice.ts'
import type { DeviceTaintRule } from '../../api/resource/v1alpha3/device-taint-rule.ts'
import { AGE, column, NAME, tableFor, type TableEntry } from './table.ts'

const GROUP = 'resource.k8s.io'

export const RESOURCE_TABLES: readonly TableEntry[] = [
  tableFor<DeviceClass>(GROUP, 'DeviceClass', {
    columns: [NAME, AGE],
    cells: ({ metadata }, ages) => [metadata.name, ages.since(metadata.creationTimestamp)],
  }),
  tableFor<ResourceClaimTemplate>(GROUP, 'ResourceClaimTemplate', {
    columns: [NAME, AGE],
    cells: ({ metadata }, ages) => [metadata.name, ages.since(metadata.creationTimestamp)],
  }),
  tableFor<ResourceClaim>(GROUP, 'ResourceClaim', {
    columns: [NAME, column('State', 'Whether the claim is allocated, and reserved.'), AGE],
    cells: (claim, ages) => [
      claim.metadata.name,
      stateCell(claim),
      ages.since(claim.metadata.creationTimestamp),
    ],
  }),
  tableFor<ResourceSlice>(GROUP, 'ResourceSlice', {
    columns: [
      NAME,
      column('Node', 'The node that has the devices.'),
      column('Driver', 'The driver of the devices.'),
      column('Pool', 'The pool that the devices belong to.'),
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.nodeName ?? '',
      spec.driver,
      spec.pool.name,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<DeviceTaintRule>(GROUP, 'DeviceTaintRule', {
    columns: [
      NAME,
      column('Key', 'The key of the taint that devices get.'),
      column('Value', 'The value of the taint that devices get.'),
      column('Effect', 'What the taint does to Pods that do not tolerate it.'),
      column('TimeAdded', 'How long ago the taint was added.'),
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.taint.key,
      spec.taint.value ?? '',
      spec.taint.effect,
      ages.since(spec.taint.timeAdded),
      ages.since(metadata.creationTimestamp),
    ],
  }),
]

function stateCell({ metadata, status }: ResourceClaim): string {
  const isDeleted = metadata.deletionTimestamp !== undefined
  const isAllocated = status?.allocation !== undefined
  return [
    ...(isDeleted ? ['deleted'] : []),
    ...(isAllocated ? ['allocated'] : isDeleted ? [] : ['pending']),
    ...(isAllocated && status.reservedFor && status.reservedFor.length > 0 ? ['reserved'] : []),
  ].join(',')
}
