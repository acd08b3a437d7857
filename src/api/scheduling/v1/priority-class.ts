import { bool, int32, string } from '../../../schema/field.ts'
import { resource } from './group.ts'

export class PriorityClass extends resource(
  'Gives a name to a Pod priority.',
  { plural: 'priorityclasses', shortNames: ['pc'], namespaced: false },
  {
    value: int32(
      2,
      'The priority given to Pods of this class. Higher values are scheduled first.',
    ).written(),
    globalDefault: bool(
      3,
      'When true, Pods naming no class get this priority. Only one class should set it.',
    ),
    description: string(4, 'Free text on when to use this class.'),
    preemptionPolicy: string(
      5,
      'Whether Pods of this class may evict lower-priority Pods. Defaults to PreemptLowerPriority.',
    )
      .oneOf('PreemptLowerPriority', 'Never')
      .pointer()
      .default('PreemptLowerPriority'),
  },
) {}
