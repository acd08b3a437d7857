import { listOf, string } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class ComponentCondition extends message(
  'One observed fact about the health of a control plane component.',
  {
    type: string(1, 'Kind of condition; only Healthy is known.').required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    message: string(3, 'Human-readable text about the condition.'),
    error: string(4, 'Error code of the failed check, if any.'),
  },
) {}

export class ComponentStatus extends resource(
  'Health of a control plane component. Deprecated since v1.19.',
  { plural: 'componentstatuses', shortNames: ['cs'], namespaced: false, verbs: ['get', 'list'] },
  {
    conditions: listOf(
      ComponentCondition,
      2,
      'What was found of the component: a Healthy condition.',
    )
      .mapKeys('type')
      .patch('merge', 'type'),
  },
) {}
