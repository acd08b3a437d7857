import { microTime, ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'
import { LeaseCandidate as StoredLeaseCandidate } from '../v1beta1/lease-candidate.ts'

export class LeaseCandidateSpec extends message('What a candidate offers for a Lease.', {
  leaseName: string(1, 'Name of the Lease that the candidate wants. Cannot be changed.').required(),
  pingTime: microTime(
    2,
    'When the election controller last asked whether the candidate is alive.',
  ).pointer(),
  renewTime: microTime(3, 'When the candidate last confirmed that it is alive.').pointer(),
  binaryVersion: string(
    4,
    'Version of the binary of the candidate, as a semantic version.',
  ).required(),
  emulationVersion: string(
    5,
    'Version that the candidate emulates, not above binaryVersion. Required with OldestEmulationVersion.',
  ),
  strategy: string(
    6,
    'How the leader is chosen. With OldestEmulationVersion, the oldest emulated version wins.',
  ).requiredDropped(),
}) {}

export class LeaseCandidate extends resource(
  'A candidate for holding a Lease in coordinated leader election.',
  { plural: 'leasecandidates', namespaced: true, storedAs: () => StoredLeaseCandidate },
  {
    spec: ref(
      LeaseCandidateSpec,
      2,
      'The Lease wanted and the versions of the candidate.',
    ).required(),
  },
) {}
