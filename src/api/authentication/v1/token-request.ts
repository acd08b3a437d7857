import { int64, listOf, ref, string, time } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { message } from './group.ts'

export class BoundObjectReference extends message(
  'The object whose lifetime limits that of a token.',
  {
    kind: string(1, 'Kind of the object: Pod, Secret or Node.'),
    apiVersion: string(2, 'API version of the object that the token is bound to, such as v1.'),
    name: string(3, 'Name of the object that the token is bound to.'),
    uid: string(
      4,
      'UID of the object. Optional, but guards against a recreated object of the same name.',
    ),
  },
) {}

export class TokenRequestSpec extends message('What the client wants of a token.', {
  audiences: listOf(
    'string',
    1,
    'Intended recipients, who must reject tokens not naming them. Defaults to the audiences of the API server.',
  )
    .atomic()
    .written(),
  expirationSeconds: int64(
    4,
    'Requested lifetime in seconds, at least 600. Defaults to 3600; the server may choose another value.',
  ).pointer(),
  boundObjectRef: ref(
    BoundObjectReference,
    3,
    'Object the token is tied to; the token stops being valid once that object is deleted.',
  ),
}) {}

export class TokenRequestStatus extends message('The result of a TokenRequest.', {
  token: string(1, 'The issued token, to be sent as a bearer token.').written(),
  expirationTimestamp: time(2, 'When the issued token ceases to be valid.'),
}) {}

export class TokenRequest extends message('Asks for a token for a ServiceAccount.', {
  ...typeMeta,
  metadata: ref(
    ObjectMeta,
    1,
    'Standard object metadata: name, namespace, labels and annotations.',
  ).written(),
  spec: ref(TokenRequestSpec, 2, 'What the token should be good for.').written(),
  status: ref(TokenRequestStatus, 3, 'The issued token, filled in by the server.').written(),
}) {}
