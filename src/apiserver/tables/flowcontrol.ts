import type { FlowSchema } from '../../api/flowcontrol/v1/flow-schema.ts'
import type { PriorityLevelConfiguration } from '../../api/flowcontrol/v1/priority-level-configuration.ts'
import { NONE } from './cells.ts'
import { AGE, column, NAME, tableFor, type TableEntry } from './table.ts'

const GROUP = 'flowcontrol.apiserver.k8s.io'

export const FLOWCONTROL_TABLES: readonly TableEntry[] = [
  tableFor<FlowSchema>(GROUP, 'FlowSchema', {
    columns: [
      NAME,
      column('PriorityLevel', 'The level that its requests belong to.'),
      column('MatchingPrecedence', 'Of schemas that match, that with the lowest number is taken.'),
      column('DistinguisherMethod', 'How its requests are told apart.'),
      AGE,
      column('MissingPL', 'Whether the level is missing.'),
    ],
    cells: ({ metadata, spec, status }, ages) => [
      metadata.name,
      spec.priorityLevelConfiguration.name,
      spec.matchingPrecedence,
      spec.distinguisherMethod?.type ?? NONE,
      ages.since(metadata.creationTimestamp),
      status.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ],
  }),
  tableFor<PriorityLevelConfiguration>(GROUP, 'PriorityLevelConfiguration', {
    columns: [
      NAME,
      column('Type', 'Whether the level is limited.'),
      column(
        'NominalConcurrencyShares',
        'The share of the seats of the server that the level has, next to those of the other levels.',
      ),
      column('Queues', 'How many queues there are.'),
      column('HandSize', 'How many queues a flow may use.'),
      column('QueueLengthLimit', 'How many requests may wait in a queue.'),
      AGE,
    ],
    cells: ({ metadata, spec }, ages) => {
      const { limited } = spec
      const queuing = limited?.limitResponse.queuing
      return [
        metadata.name,
        spec.type,
        limited?.nominalConcurrencyShares ?? NONE,
        queuing?.queues ?? NONE,
        queuing?.handSize ?? NONE,
        queuing?.queueLengthLimit ?? NONE,
        ages.since(metadata.creationTimestamp),
      ]
    },
  }),
]
