import { int64, string, time } from '../../../schema/field.ts'
import { message } from './group.ts'

export class Taint extends message('A mark on a node that repels Pods that do not tolerate it.', {
  key: string(1, 'Key of the taint, which tolerations name.').required(),
  value: string(2, 'Value of the taint. May be empty.'),
  effect: string(3, 'NoSchedule, PreferNoSchedule, or NoExecute, which also evicts running Pods.')
    .oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute')
    .required(),
  timeAdded: time(4, 'When the taint was added.').pointer(),
}) {}

export class Toleration extends message('Lets a Pod put up with matching taints.', {
  key: string(1, 'Taint key to match. Empty matches all keys, with operator Exists.'),
  operator: string(
    2,
    'How key and value are compared: Equal, Exists, Lt or Gt (numeric). Defaults to Equal.',
  ).oneOf('Exists', 'Equal', 'Lt', 'Gt'),
  value: string(3, 'Taint value to match. Must be empty with operator Exists.'),
  effect: string(4, 'Taint effect to match. Empty matches all effects.').oneOf(
    'NoSchedule',
    'PreferNoSchedule',
    'NoExecute',
  ),
  tolerationSeconds: int64(
    5,
    'Seconds a NoExecute taint is tolerated. Unset means forever; 0 or less evicts at once.',
  ).pointer(),
}) {}
