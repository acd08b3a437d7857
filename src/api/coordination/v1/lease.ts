import { int32, microTime, ref, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class LeaseSpec extends message('The contents of a Lease.', {
  holderIdentity: string(
    1,
    'Identity of the current holder. Empty when nobody holds the lease.',
  ).pointer(),
  leaseDurationSeconds: int32(
    2,
    'Seconds, counted from renewTime, that others must wait before taking the lease.',
  ).pointer(),
  acquireTime: microTime(3, 'When the current holder took the lease.').pointer(),
  renewTime: microTime(4, 'When the current holder last renewed the lease.').pointer(),
  leaseTransitions: int32(5, 'How many times the lease has passed between holders.').pointer(),
  strategy: string(
    6,
    'How coordinated leader election chooses the holder. Unset when the lease does not take part in it.',
  ).pointer(),
  preferredHolder: string(
    7,
    'Candidate to which the current holder should yield the lease. Only allowed with strategy.',
  ).pointer(),
}) {}

export class Lease extends resource(
  'A lock or heartbeat record, used for leader election and node liveness.',
  { plural: 'leases', namespaced: true },
  {
    spec: ref(LeaseSpec, 2, 'Who holds the lease, since when and for how long.').written(),
  },
) {}
