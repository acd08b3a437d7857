import type { ComponentStatus } from '../../api/core/v1/component-status.ts'
import type { ConfigMap } from '../../api/core/v1/config-map.ts'
import type { Namespace } from '../../api/core/v1/namespace.ts'
import type { ResourceQuota } from '../../api/core/v1/resource-quota.ts'
import type { Secret } from '../../api/core/v1/secret.ts'
import type { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { AGE, column, NAME, tableFor, type TableEntry } from './table.ts'

export const CORE_TABLES: readonly TableEntry[] = [
  tableFor<Namespace>('', 'Namespace', {
    columns: [NAME, column('Status', 'Active, or Terminating while its content is deleted.'), AGE],
    cells: ({ metadata, status }, ages) => [
      metadata.name,
      status.phase,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<ConfigMap>('', 'ConfigMap', {
    columns: [NAME, column('Data', 'How many keys there are.'), AGE],
    cells: ({ metadata, data = {}, binaryData = {} }, ages) => [
      metadata.name,
      Object.keys(data).length + Object.keys(binaryData).length,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<Secret>('', 'Secret', {
    columns: [
      NAME,
      column('Type', 'What the data is for, and so which keys it must have.'),
      column('Data', 'How many keys there are.'),
      AGE,
    ],
    cells: ({ metadata, type, data = {} }, ages) => [
      metadata.name,
      type,
      Object.keys(data).length,
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<ServiceAccount>('', 'ServiceAccount', {
    columns: [NAME, AGE],
    cells: ({ metadata }, ages) => [metadata.name, ages.since(metadata.creationTimestamp)],
  }),
  tableFor<ResourceQuota>('', 'ResourceQuota', {
    columns: [
      NAME,
      column('Request', 'What is used, of how much.'),
      column('Limit', 'What is used of limits, of how much.'),
      AGE,
    ],
    cells: ({ metadata, status }, ages) => [
      metadata.name,
      quotaCell(status, false),
      quotaCell(status, true),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<ComponentStatus>('', 'ComponentStatus', {
    columns: [
      NAME,
      column('Status', 'Healthy, Unhealthy or Unknown.'),
      column('Message', 'What the component says of its health.'),
      column('Error', 'What is wrong with the component, if anything.'),
    ],
    cells: ({ metadata, conditions }) => {
      const healthy = conditions?.find(({ type }) => type === 'Healthy')
      const status = healthy?.status === 'True' ? 'Healthy' : 'Unhealthy'
      return [
        metadata.name,
        healthy ? status : 'Unknown',
        healthy?.message ?? '',
        healthy?.error ?? '',
      ]
    },
  }),
]

function quotaCell({ hard = {}, used = {} }: ResourceQuota['status'], ofLimits: boolean): string {
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits.') === ofLimits)
    .toSorted()
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ')
}
