import { bytes, int32, listOf, string } from '../../../grpc/proto-fields.ts'
import { message } from '../../../grpc/proto3.ts'

/** One entry of a map from names to bytes. */
class Annotation extends message({ key: string(1), value: bytes(2) }) {}

export class StatusRequest extends message({}) {}
export class StatusResponse extends message({
  version: string(1),
  healthz: string(2),
  keyId: string(3),
}) {}

export class DecryptRequest extends message({
  ciphertext: bytes(1),
  uid: string(2),
  keyId: string(3),
  annotations: listOf(4, Annotation),
}) {}
export class DecryptResponse extends message({ plaintext: bytes(1) }) {}

export class EncryptRequest extends message({ plaintext: bytes(1), uid: string(2) }) {}
export class EncryptResponse extends message({
  ciphertext: bytes(1),
  keyId: string(2),
  annotations: listOf(3, Annotation),
}) {}

/** What is kept of an object that was encrypted with a key of its own, and that key, encrypted by the plugin. */
export class EncryptedObject extends message({
  encryptedData: bytes(1),
  keyId: string(2),
  encryptedDekSource: bytes(3),
  annotations: listOf(4, Annotation),
  /** 0: a key for AES-GCM; 1: a seed that such keys are derived from. */
  encryptedDekSourceType: int32(5),
}) {}

const method = <Request, Response>(name: string, request: Request, response: Response) => ({
  path: `/v2.KeyManagementService/${name}`,
  request,
  response,
})

/** The methods of a KMS plugin (k8s.io/kms/apis/v2). */
export const KMS = {
  status: method('Status', StatusRequest, StatusResponse),
  decrypt: method('Decrypt', DecryptRequest, DecryptResponse),
  encrypt: method('Encrypt', EncryptRequest, EncryptResponse),
} as const
