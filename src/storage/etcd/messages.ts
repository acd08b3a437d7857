import {
  bigInt64,
  bool,
  bytes,
  choice,
  int64,
  listOf,
  ref,
  string,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

/** What we use of etcd's API, version 3 (https://etcd.io/docs/v3.5/dev-guide/api_reference_v3/). */

class ResponseHeader extends message({ revision: int64(3) }) {}

export class KeyValue extends message({
  key: bytes(1),
  createRevision: int64(2),
  modRevision: int64(3),
  value: bytes(5),
}) {}

export class RangeRequest extends message({
  key: bytes(1),
  rangeEnd: bytes(2),
  limit: int64(3),
  revision: int64(4),
  keysOnly: bool(8),
}) {}

export class RangeResponse extends message({
  header: ref(1, ResponseHeader),
  kvs: listOf(2, KeyValue),
  more: bool(3),
  count: int64(4),
}) {}

class PutRequest extends message({ key: bytes(1), value: bytes(2), lease: bigInt64(3) }) {}
class DeleteRangeRequest extends message({ key: bytes(1) }) {}

/** One of them. */
class RequestOp extends message({
  range: ref(1, RangeRequest),
  put: ref(2, PutRequest),
  deleteRange: ref(3, DeleteRangeRequest),
}) {}

class ResponseOp extends message({ range: ref(1, RangeResponse) }) {}

class Compare extends message({
  result: choice(1, ['EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL']),
  target: choice(2, ['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE']),
  key: bytes(3),
  modRevision: int64(6),
}) {}

export class TxnRequest extends message({
  compare: listOf(1, Compare),
  success: listOf(2, RequestOp),
  failure: listOf(3, RequestOp),
}) {}

export class TxnResponse extends message({
  header: ref(1, ResponseHeader),
  succeeded: bool(2),
  responses: listOf(3, ResponseOp),
}) {}

export class CompactionRequest extends message({ revision: int64(1) }) {}
export class CompactionResponse extends message({ header: ref(1, ResponseHeader) }) {}

class WatchCreateRequest extends message({
  key: bytes(1),
  rangeEnd: bytes(2),
  startRevision: int64(3),
  prevKv: bool(6),
  fragment: bool(8),
}) {}
class WatchProgressRequest extends message({}) {}

/** One of them. */
export class WatchRequest extends message({
  create: ref(1, WatchCreateRequest),
  progress: ref(3, WatchProgressRequest),
}) {}

export class Event extends message({
  type: choice(1, ['PUT', 'DELETE']),
  kv: ref(2, KeyValue),
  prevKv: ref(3, KeyValue),
}) {}

export class WatchResponse extends message({
  header: ref(1, ResponseHeader),
  created: bool(3),
  canceled: bool(4),
  compactRevision: int64(5),
  cancelReason: string(6),
  /** More of the same revisions follows in the next response. */
  fragment: bool(7),
  events: listOf(11, Event),
}) {}

export class LeaseGrantRequest extends message({ ttl: int64(1) }) {}
export class LeaseGrantResponse extends message({ id: bigInt64(2), ttl: int64(3) }) {}

export class StatusRequest extends message({}) {}
export class StatusResponse extends message({ version: string(2), dbSize: int64(3) }) {}

export class SnapshotRequest extends message({}) {}
export class SnapshotResponse extends message({ remainingBytes: int64(2), blob: bytes(3) }) {}
