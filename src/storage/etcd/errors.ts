import { GrpcError } from '../../grpc/errors.ts'
import { StoreWriteError } from '../store.ts'

const COMPACTED = 'etcdserver: mvcc: required revision has been compacted'
const FUTURE = 'etcdserver: mvcc: required revision is a future revision'
const LEASE_LOST = 'etcdserver: requested lease not found'

export function isCompacted(error: unknown): boolean {
  return says(error, COMPACTED)
}

export function isFuture(error: unknown): boolean {
  return says(error, FUTURE)
}

export function isLeaseLost(error: unknown): boolean {
  return says(error, LEASE_LOST)
}

/** Whether the same may work later, or with another member: nobody is there, or there is no leader. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof GrpcError &&
    (error.code === 'Unavailable' || error.code === 'DeadlineExceeded')
  )
}

function says(error: unknown, details: string): boolean {
  return error instanceof GrpcError && error.details === details
}

/** What a writer is told of a write that was refused, or of which nobody knows whether it was done. */
export function writeError(cause: unknown): unknown {
  if (!(cause instanceof GrpcError)) return cause
  const why = isTransient(cause) ? `etcd did not answer: ${cause.details}` : cause.details
  return new StoreWriteError(why, { cause })
}
