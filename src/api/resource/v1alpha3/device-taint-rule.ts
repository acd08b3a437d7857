import { listOf, ref, string, time } from '../../../schema/field.ts'
import { Condition } from '../../meta/v1/common.ts'
import { message, resource } from './group.ts'

export class DeviceTaint extends message('Keeps claims off a device unless they tolerate it.', {
  key: string(1, 'Key of the taint, a label name.').required(),
  value: string(2, 'Value of the taint, a label value.'),
  effect: string(
    3,
    'None only informs, NoSchedule stops new allocations, NoExecute also evicts running Pods.',
  )
    .oneOf('None', 'NoSchedule', 'NoExecute')
    .required(),
  timeAdded: time(
    4,
    'When the taint was added. Filled in on creation or update when unset.',
  ).pointer(),
}) {}

export class DeviceTaintSelector extends message(
  'Picks devices to taint. All given fields must match.',
  {
    driver: string(2, 'Only devices of this driver. All drivers when unset.').pointer(),
    pool: string(
      3,
      'Only devices of this pool, normally along with driver. All pools when unset.',
    ).pointer(),
    device: string(
      4,
      'Only the device of this name, normally along with driver and pool. All devices when unset.',
    ).pointer(),
  },
) {}

export class DeviceTaintRuleSpec extends message('Which devices get which taint.', {
  deviceSelector: ref(DeviceTaintSelector, 1, 'Devices to taint. None when unset; all when empty.'),
  taint: ref(DeviceTaint, 2, 'The taint to put on the devices.').required(),
}) {}

export class DeviceTaintRuleStatus extends message('The observed state of a DeviceTaintRule.', {
  conditions: listOf(Condition, 1, 'The latest observed conditions, such as EvictionInProgress.')
    .mapKeys('type')
    .patch('merge', 'type'),
}) {}

export class DeviceTaintRule extends resource(
  'Adds a taint to all devices matching a selector.',
  { plural: 'devicetaintrules', namespaced: false, subresources: ['status'] },
  {
    spec: ref(DeviceTaintRuleSpec, 2, 'The taint to add, and which devices get it.').required(),
    status: ref(DeviceTaintRuleStatus, 3, 'How far the taint has taken effect.').written(),
  },
) {}
