import type { Method } from '../../../grpc/connection.ts'
import { bool, bytes, int64, listOf, string } from '../../../grpc/proto-fields.ts'
import { message, type MessageClass } from '../../../grpc/proto3.ts'

// The service ExternalJWTSigner of k8s.io/externaljwt, version v1 (KEP-740).

class SignRequest extends message({ claims: string(1) }) {}
class SignResponse extends message({ header: string(1), signature: string(2) }) {}
class FetchKeysRequest extends message({}) {}
class Key extends message({
  keyId: string(1),
  key: bytes(2),
  excludeFromOidcDiscovery: bool(3),
}) {}
class FetchKeysResponse extends message({ keys: listOf(1, Key), refreshHintSeconds: int64(3) }) {}
class MetadataRequest extends message({}) {}
class MetadataResponse extends message({ maxTokenExpirationSeconds: int64(1) }) {}

function method<Request, Response>(
  name: string,
  request: MessageClass<Request>,
  response: MessageClass<Response>,
): Method<Request, Response> {
  return { path: `/v1.ExternalJWTSigner/${name}`, request, response }
}

/** Signs claims, as they stand in a token. */
export const SIGN = method('Sign', SignRequest, SignResponse)
/** The keys that verify tokens. */
export const FETCH_KEYS = method('FetchKeys', FetchKeysRequest, FetchKeysResponse)
/** How long tokens may live. */
export const METADATA = method('Metadata', MetadataRequest, MetadataResponse)
