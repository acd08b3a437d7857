import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ListMeta } from './object-meta.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class StatusCause extends message('One cause of a failure.', {
  reason: string(1, 'Short machine-readable cause. Empty if unknown.'),
  message: string(2, 'Human-readable text about the cause.'),
  field: string(3, 'Field that caused the failure, as in spec.containers[0].name.'),
}) {}

export class StatusDetails extends message('More data on a failure.', {
  name: string(1, 'Name of the object concerned, if there is one.'),
  group: string(2, 'API group of the object that the status is about.'),
  kind: string(3, 'Kind or resource concerned.'),
  uid: string(6, 'UID of the object, if there is one.'),
  causes: listOf(
    StatusCause,
    4,
    'What was wrong, cause by cause, such as each invalid field.',
  ).atomic(),
  retryAfterSeconds: int32(
    5,
    'Seconds to wait before trying again, or before taking the suggested action.',
  ),
}) {}

export class Status extends message('The outcome of a call that returns no object.', {
  ...typeMeta,
  metadata: ref(
    ListMeta,
    1,
    'Standard list metadata: the version of the list, and where its next page starts.',
  ).written(),
  status: string(2, 'How the request ended: Success or Failure.'),
  message: string(3, 'Human-readable text about the outcome.'),
  reason: string(4, 'Short machine-readable reason for a failure. Empty if unknown.'),
  details: ref(StatusDetails, 5, 'More data on the reason, which tells what to expect.'),
  code: int32(6, 'Suggested HTTP status code. 0 if unset.'),
}) {}
