import type { Method } from '../../grpc/connection.ts'
import type { MessageClass } from '../../grpc/proto3.ts'
import {
  CompactionRequest,
  CompactionResponse,
  LeaseGrantRequest,
  LeaseGrantResponse,
  RangeRequest,
  RangeResponse,
  SnapshotRequest,
  SnapshotResponse,
  StatusRequest,
  StatusResponse,
  TxnRequest,
  TxnResponse,
  WatchRequest,
  WatchResponse,
} from './messages.ts'

function method<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): Method<Q, R> {
  return { path: `/etcdserverpb.${name}`, request, response }
}

export const RANGE = method('KV/Range', RangeRequest, RangeResponse)
export const TXN = method('KV/Txn', TxnRequest, TxnResponse)
export const COMPACT = method('KV/Compact', CompactionRequest, CompactionResponse)
export const WATCH = method('Watch/Watch', WatchRequest, WatchResponse)
export const LEASE_GRANT = method('Lease/LeaseGrant', LeaseGrantRequest, LeaseGrantResponse)
export const STATUS = method('Maintenance/Status', StatusRequest, StatusResponse)
export const SNAPSHOT = method('Maintenance/Snapshot', SnapshotRequest, SnapshotResponse)
