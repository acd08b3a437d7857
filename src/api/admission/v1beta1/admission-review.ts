import { bool, bytes, listOf, mapOf, rawExtension, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { UserInfo } from '../../authentication/v1/common.ts'
import { GroupVersionKind, GroupVersionResource } from '../../meta/v1/discovery.ts'
import { Status } from '../../meta/v1/status.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.api.admission.v1beta1')

export class AdmissionRequest extends message(
  'A request to the API server that a webhook is asked about.',
  {
    uid: string(1, 'Identifies this call. The response must repeat it.').written(),
    kind: ref(GroupVersionKind, 2, 'Kind of the object as sent to the webhook.').written(),
    resource: ref(GroupVersionResource, 3, 'Resource as matched by the webhook rule.').written(),
    subResource: string(4, 'Subresource asked for, such as status. Empty when there is none.'),
    requestKind: ref(
      GroupVersionKind,
      13,
      'Kind in the original request. Differs from kind when the object was converted for the webhook.',
    ),
    requestResource: ref(
      GroupVersionResource,
      14,
      'Resource in the original request. Differs from resource when converted for the webhook.',
    ),
    requestSubResource: string(
      15,
      'Subresource in the request as the client sent it, such as status. Empty for none.',
    ),
    name: string(5, 'Name of the object. Empty on creation when the server generates it.'),
    namespace: string(6, 'Namespace of the request, if any.'),
    operation: string(
      7,
      'Operation: CREATE, UPDATE, DELETE or CONNECT. May differ from the verb of the request, as for a patch.',
    ).written(),
    userInfo: ref(UserInfo, 8, 'The user that makes the request, with groups.').written(),
    object: rawExtension(9, 'The object as it would be stored. Null for DELETE.'),
    oldObject: rawExtension(10, 'The object as it is stored now. Null for CREATE and CONNECT.'),
    dryRun: bool(11, 'True when nothing will be stored. Defaults to false.').pointer(),
    options: rawExtension(12, 'Options of the operation, such as CreateOptions or DeleteOptions.'),
  },
) {}

export class AdmissionResponse extends message('What a webhook answers.', {
  uid: string(1, 'Identifies the call. Must equal the uid of the request.').written(),
  allowed: bool(2, 'Whether the request may go on.').written(),
  status: ref(Status, 3, 'Why the request was refused. Ignored when allowed.'),
  patch: bytes(4, 'Changes to the object, as a base64-encoded JSON Patch. Mutating webhooks only.'),
  patchType: string(5, 'Format of the patch; only JSONPatch. Required with patch.').pointer(),
  auditAnnotations: mapOf(
    'string',
    6,
    'Annotations for the audit event. The name of the webhook is put before each key.',
  ),
  warnings: listOf(
    'string',
    7,
    'Messages returned to the client as warnings. Best kept under 120 characters each.',
  ).atomic(),
}) {}

export class AdmissionReview extends message(
  'Carries an admission request to a webhook and its response back.',
  {
    ...typeMeta,
    request: ref(AdmissionRequest, 1, 'The request to judge. Set by the API server.'),
    response: ref(AdmissionResponse, 2, 'The judgement of the webhook. Set by the webhook alone.'),
  },
) {}
