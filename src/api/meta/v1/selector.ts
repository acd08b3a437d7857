import { listOf, mapOf, string } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apimachinery.pkg.apis.meta.v1')

export class FieldSelectorRequirement extends message(
  'Compares a field of an object with values.',
  {
    key: string(1, 'Path of the field to look at, such as spec.nodeName.').required(),
    operator: string(
      2,
      'How the field relates to values: In, NotIn, Exists or DoesNotExist.',
    ).required(),
    values: listOf(
      'string',
      3,
      'Values for In and NotIn; empty for Exists and DoesNotExist.',
    ).atomic(),
  },
) {}

export class LabelSelectorRequirement extends message('Compares a label with values.', {
  key: string(1, 'Key of the label that the requirement looks at.').required(),
  operator: string(
    2,
    'How the label relates to values: In, NotIn, Exists or DoesNotExist.',
  ).required(),
  values: listOf(
    'string',
    3,
    'Values for In and NotIn; empty for Exists and DoesNotExist.',
  ).atomic(),
}) {}

export class LabelSelector extends message(
  'Selects objects by label. Both parts must match; empty matches all, unset none.',
  {
    matchLabels: mapOf('string', 1, 'Labels and the exact values they must have.'),
    matchExpressions: listOf(
      LabelSelectorRequirement,
      2,
      'Requirements on labels, all of which must hold.',
    ).atomic(),
  },
  { atomic: true },
) {}
