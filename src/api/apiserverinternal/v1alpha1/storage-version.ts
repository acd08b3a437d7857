import { int64, listOf, ref, string, time } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class ServerStorageVersion extends message(
  'The versions that one API server uses for a resource.',
  {
    apiServerID: string(1, 'Name that tells the API server from the others.').requiredDropped(),
    encodingVersion: string(
      2,
      'Version in which the server writes objects, such as apps/v1.',
    ).requiredDropped(),
    decodableVersions: listOf(
      'string',
      3,
      'Versions that the server can read from storage. Includes encodingVersion.',
    )
      .requiredDropped()
      .set(),
    servedVersions: listOf(
      'string',
      4,
      'Versions that the server serves. All of them are decodable.',
    ).set(),
  },
) {}

export class StorageVersionSpec extends message('The empty spec of a StorageVersion.', {}) {}

export class StorageVersionCondition extends message(
  'One observed aspect of the state of a StorageVersion.',
  {
    type: string(1, 'The aspect reported, such as AllEncodingVersionsEqual.').required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    observedGeneration: int64(3, 'The generation of the object that this condition was based on.'),
    lastTransitionTime: time(4, 'When the status of this condition last changed.'),
    reason: string(5, 'Machine-readable word for why the status last changed.').required(),
    message: string(6, 'Human-readable details about the last change.').requiredDropped(),
  },
) {}

export class StorageVersionStatus extends message(
  'The storage versions reported by the API servers.',
  {
    storageVersions: listOf(ServerStorageVersion, 1, 'What each API server reports.').mapKeys(
      'apiServerID',
    ),
    commonEncodingVersion: string(
      2,
      'Version in which all API servers write. Unset while they differ.',
    ).pointer(),
    conditions: listOf(
      StorageVersionCondition,
      3,
      'The latest observed conditions of the StorageVersion.',
    ).mapKeys('type'),
  },
) {}

export class StorageVersion extends resource(
  'The storage versions of one resource, across all API servers. Its name is GROUP.RESOURCE.',
  {
    plural: 'storageversions',
    namespaced: false,
    subresources: ['status'],
    requiredMetadata: true,
  },
  {
    spec: ref(StorageVersionSpec, 2, 'Always empty; there only by convention.').written(),
    status: ref(StorageVersionStatus, 3, 'The versions reported by each API server.').written(),
  },
) {}
