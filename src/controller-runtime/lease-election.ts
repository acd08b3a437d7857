/** As much of a Lease as elections go by. */
export interface LeaseRecord {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly renewTime?: string
}

/** A record, and when this candidate saw it change last, by its own clock. Clocks of others are not trusted. */
export interface Observation {
  readonly record: LeaseRecord
  readonly atMs: number
}

export type ElectionStep =
  /** The lease is this candidate's, or free: write it, to renew or to take it. */
  | { readonly type: 'write'; readonly transition: boolean }
  /** Somebody else holds it. */
  | { readonly type: 'wait'; readonly leader: string }

/** What a candidate does about a lease, as of `nowMs`. See client-go's tools/leaderelection. */
export function electionStep(
  { record, atMs }: Observation,
  identity: string,
  leaseMs: number,
  nowMs: number,
): ElectionStep {
  const { holderIdentity = '' } = record
  if (holderIdentity === identity) return { type: 'write', transition: false }
  const isFree = holderIdentity === '' || nowMs - atMs >= leaseMs
  return isFree ? { type: 'write', transition: true } : { type: 'wait', leader: holderIdentity }
}

/** The observation after a record was read: it is newer only if the record differs. */
export function observe(
  before: Observation | undefined,
  record: LeaseRecord,
  nowMs: number,
): Observation {
  const same =
    before &&
    before.record.holderIdentity === record.holderIdentity &&
    before.record.renewTime === record.renewTime &&
    before.record.leaseDurationSeconds === record.leaseDurationSeconds
  return same ? before : { record, atMs: nowMs }
}
