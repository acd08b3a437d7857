import { int32, listOf, ref, string, time } from '../../../schema/field.ts'
import { message, resource } from './group.ts'

export class ExemptPriorityLevelConfiguration extends message(
  'Settings of a priority level that is not limited.',
  {
    nominalConcurrencyShares: int32(
      1,
      'Share of the concurrency of the server set aside for this level, though it never limits it. Defaults to 0.',
    ).pointer(),
    lendablePercent: int32(
      2,
      'Percentage of the nominal concurrency that other levels may borrow. Defaults to 0.',
    ).pointer(),
  },
) {}

export class QueuingConfiguration extends message('Settings of the queues of a priority level.', {
  queues: int32(
    1,
    'How many queues there are. Defaults to 64; 1 turns off shuffle sharding.',
  ).written(),
  handSize: int32(
    2,
    'How many queues a flow is dealt, of which each request joins the shortest. Defaults to 8.',
  ).written(),
  queueLengthLimit: int32(
    3,
    'Most requests waiting in a queue; more are rejected. Defaults to 50.',
  ).written(),
}) {}

export class LimitResponse extends message('What happens to requests that cannot run at once.', {
  type: string(
    1,
    'Whether excess requests wait in a queue (Queue) or are turned away with HTTP 429 (Reject).',
  ).required(),
  queuing: ref(QueuingConfiguration, 2, 'Settings of the queues. Only with type Queue.'),
}) {}

export class LimitedPriorityLevelConfiguration extends message(
  'Settings of a priority level that is limited.',
  {
    nominalConcurrencyShares: int32(
      1,
      'Share of the concurrency of the server given to this level, relative to the others. Defaults to 30.',
    ).pointer(),
    limitResponse: ref(
      LimitResponse,
      2,
      'What happens to requests that cannot run at once.',
    ).written(),
    lendablePercent: int32(
      3,
      'Percentage of the nominal concurrency that other levels may borrow. Defaults to 0.',
    ).pointer(),
    borrowingLimitPercent: int32(
      4,
      'Most concurrency this level may borrow, as a percentage of its nominal one. No limit when unset.',
    ).pointer(),
  },
) {}

export class PriorityLevelConfigurationSpec extends message('The limits of a priority level.', {
  type: string(
    1,
    'Whether requests of the level are Limited, or Exempt and never held back.',
  ).required(),
  limited: ref(
    LimitedPriorityLevelConfiguration,
    2,
    'Settings for a Limited level. Required for that type only.',
  ),
  exempt: ref(
    ExemptPriorityLevelConfiguration,
    3,
    'Settings for an Exempt level. Must be unset for Limited ones.',
  ),
}) {}

export class PriorityLevelConfigurationCondition extends message(
  'One observed aspect of the state of a PriorityLevelConfiguration.',
  {
    type: string(1, 'The aspect of the priority level that is reported.'),
    status: string(2, 'Whether the condition holds: True, False or Unknown.'),
    lastTransitionTime: time(3, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
  },
) {}

export class PriorityLevelConfigurationStatus extends message(
  'The observed state of a priority level.',
  {
    conditions: listOf(
      PriorityLevelConfigurationCondition,
      1,
      'The latest observed conditions of the level.',
    )
      .mapKeys('type')
      .patch('merge', 'type'),
  },
) {}

export class PriorityLevelConfiguration extends resource(
  'A priority level that limits how many API requests run at once.',
  { plural: 'prioritylevelconfigurations', namespaced: false, subresources: ['status'] },
  {
    spec: ref(
      PriorityLevelConfigurationSpec,
      2,
      'How many requests of the level are served at once, and how others queue.',
    ).written(),
    status: ref(
      PriorityLevelConfigurationStatus,
      3,
      'What was last observed of the level.',
    ).written(),
  },
) {}
