import { int64, string, time } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class Condition extends message('One observed fact about an object.', {
  type: string(1, 'Kind of condition, in CamelCase, perhaps with a domain prefix.').required(),
  status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
  observedGeneration: int64(
    3,
    'metadata.generation that the condition was set for. Stale if lower than the current one.',
  ),
  lastTransitionTime: time(4, 'When the status last changed.').requiredDropped(),
  reason: string(
    5,
    'Short CamelCase reason for the last change, for use by machines. Not empty.',
  ).required(),
  message: string(6, 'Human-readable text about the last change. May be empty.').required(),
}) {}

export class GroupKind extends message('An API group and a kind.', {
  group: string(1, 'API group; empty for core.').required(),
  kind: string(2, 'Kind of the object, in CamelCase.').required(),
}) {}

export class GroupResource extends message('An API group and a resource.', {
  group: string(1, 'API group; empty for core.').required(),
  resource: string(2, 'Plural name of the resource, such as deployments.').required(),
}) {}

export class Patch extends message('The body of a PATCH request.', {}) {}
