import type { APIService } from '../../api/apiregistration/v1/api-service.ts'
import type { StorageVersion } from '../../api/apiserverinternal/v1alpha1/storage-version.ts'
import type { LeaseCandidate } from '../../api/coordination/v1beta1/lease-candidate.ts'
import type { Lease } from '../../api/coordination/v1/lease.ts'
import type { PriorityClass } from '../../api/scheduling/v1/priority-class.ts'
import type { PodGroup } from '../../api/scheduling/v1alpha2/pod-group.ts'
import type { Workload } from '../../api/scheduling/v1alpha2/workload.ts'
import type { StorageVersionMigration } from '../../api/storagemigration/v1beta1/storage-version-migration.ts'
import { isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { listCell, UNSET } from './cells.ts'
import { AGE, column, NAME, tableFor, type KindTable, type TableEntry } from './table.ts'

const BARE: KindTable<PodGroup | Workload> = {
  columns: [NAME, AGE],
  cells: ({ metadata }, ages) => [metadata.name, ages.since(metadata.creationTimestamp)],
}

export const OTHER_TABLES: readonly TableEntry[] = [
  tableFor<Lease>('coordination.k8s.io', 'Lease', {
    columns: [NAME, column('Holder', 'The identity of who holds the lease.'), AGE],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.holderIdentity ?? '',
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<LeaseCandidate>('coordination.k8s.io', 'LeaseCandidate', {
    columns: [
      NAME,
      column('LeaseName', 'The lease that the candidate wants to hold.'),
      column('BinaryVersion', 'The version of the candidate.'),
      column('EmulationVersion', 'The version that the candidate behaves as.'),
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => [
      metadata.name,
      spec.leaseName,
      spec.binaryVersion,
      spec.emulationVersion ?? '',
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<PriorityClass>('scheduling.k8s.io', 'PriorityClass', {
    columns: [
      NAME,
      column('Value', 'How much Pods of the class matter.', 'integer'),
      column('Global-Default', 'Whether Pods without a class are of this one.', 'boolean'),
      AGE,
      column('PreemptionPolicy', 'Whether Pods of the class may take the place of others.'),
    ],
    cells: ({ metadata, value, globalDefault, preemptionPolicy }, ages) => [
      metadata.name,
      value,
      globalDefault ?? false,
      ages.since(metadata.creationTimestamp),
      preemptionPolicy ?? '',
    ],
  }),
  tableFor('scheduling.k8s.io', 'PodGroup', BARE),
  tableFor('scheduling.k8s.io', 'Workload', BARE),
  tableFor<APIService>('apiregistration.k8s.io', 'APIService', {
    columns: [
      NAME,
      column('Service', 'What serves the version: this API server, or a Service.'),
      column('Available', 'Whether the version is served.'),
      AGE,
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local',
      availableCell(status),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<StorageVersion>('internal.apiserver.k8s.io', 'StorageVersion', {
    columns: [
      NAME,
      column('CommonEncodingVersion', 'The version that all servers write.'),
      column('StorageVersions', 'The versions that the servers write.'),
      AGE,
    ],
    cells: ({ metadata, status }, ages) => [
      metadata.name,
      status.commonEncodingVersion ?? UNSET,
      listCell(
        (status.storageVersions ?? []).map(
          ({ apiServerID, encodingVersion }) => `${apiServerID}=${encodingVersion}`,
        ),
      ),
      ages.since(metadata.creationTimestamp),
    ],
  }),
  tableFor<StorageVersionMigration>('storagemigration.k8s.io', 'StorageVersionMigration', {
    columns: [
      { ...NAME, format: '' },
      column('Resource', 'The resource whose objects are written anew.'),
      column('Status', 'How far the migration has come.'),
    ],
    cells: ({ metadata, spec, status }) => [
      metadata.name,
      [spec.resource.resource, spec.resource.group].filter((part) => part !== '').join('.'),
      ['Succeeded', 'Failed', 'Running'].find((type) => isConditionTrue(status.conditions, type)) ??
        '',
    ],
  }),
]

function availableCell({ conditions }: APIService['status']): string {
  const available = conditions?.find(({ type }) => type === 'Available')
  if (!available) return 'Unknown'
  const { status, reason } = available
  return status === 'True' || !reason ? status : `${status} (${reason})`
}
