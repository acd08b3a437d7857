import { rawExtension, string } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class WatchEvent extends message('One event of a watch.', {
  type: string(1, 'ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.').required(),
  object: rawExtension(
    2,
    'The object after the change, before it when deleted, or a Status for ERROR.',
  ).requiredDropped(),
}) {}
