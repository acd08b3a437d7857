import type { FlowSchemaSpec, PolicyRulesWithSubjects } from './flow-schema.ts'
import type { PriorityLevelConfigurationSpec } from './priority-level-configuration.ts'

/** What every API server has, so that requests of its own and of nobody in particular find a place (KEP-1040). */

const ALL = ['*']

function everythingOf(...groups: readonly string[]): PolicyRulesWithSubjects {
  return {
    subjects: groups.map((name) => ({ kind: 'Group', group: { name } })),
    resourceRules: [
      { verbs: ALL, apiGroups: ALL, resources: ALL, namespaces: ALL, clusterScope: true },
    ],
    nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
  }
}

/** The FlowSchemas that must be as they are, by name. */
export const MANDATORY_FLOW_SCHEMAS: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 1,
    rules: [everythingOf('system:masters')],
  },
  'catch-all': {
    priorityLevelConfiguration: { name: 'catch-all' },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: 'ByUser' },
    rules: [everythingOf('system:unauthenticated', 'system:authenticated')],
  },
}

/** The priority levels that must be as they are, by name. Of `exempt`, the shares may change. */
export const MANDATORY_PRIORITY_LEVELS: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 5,
      lendablePercent: 0,
      limitResponse: { type: 'Reject' },
    },
  },
}
