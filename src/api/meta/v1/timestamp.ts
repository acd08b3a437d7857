import { int32, int64 } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class Timestamp extends message('A point in time, as used in the protobuf form.', {
  seconds: int64(1, 'Seconds since 1970-01-01T00:00:00Z; negative before it.').required(),
  nanos: int32(2, 'Nanoseconds after seconds, 0 to 999999999.').required(),
}) {}
