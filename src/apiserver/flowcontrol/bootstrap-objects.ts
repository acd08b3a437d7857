import type {
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../../api/flowcontrol/v1/flow-schema.ts'
import {
  MANDATORY_FLOW_SCHEMAS,
  MANDATORY_PRIORITY_LEVELS,
} from '../../api/flowcontrol/v1/mandatory.ts'
import type { PriorityLevelConfigurationSpec } from '../../api/flowcontrol/v1/priority-level-configuration.ts'

type Specs<T> = Readonly<Record<string, T>>

/** The objects that keep a cluster whole and its administrators heard, and those that suit most clusters. */
export const MANDATORY = {
  flowSchemas: MANDATORY_FLOW_SCHEMAS,
  priorityLevels: MANDATORY_PRIORITY_LEVELS,
}

const SUGGESTED_LEVELS: Specs<PriorityLevelConfigurationSpec> = {
  system: level(30, 33, 64, 6),
  'node-high': level(40, 25, 64, 6),
  'leader-election': level(10, 0, 16, 4),
  'workload-high': level(40, 50, 128, 6),
  'workload-low': level(100, 90, 128, 6),
  'global-default': level(20, 50, 128, 6),
}

const ALL = ['*']
const EVERYBODY = groups('system:unauthenticated', 'system:authenticated')
const MANAGER = users('system:kube-controller-manager')
const SCHEDULER = users('system:kube-scheduler')

const SUGGESTED_SCHEMAS: Specs<FlowSchemaSpec> = {
  probes: schema('exempt', 2, undefined, {
    subjects: EVERYBODY,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  'system-leader-election': schema('leader-election', 100, 'ByUser', {
    subjects: [...MANAGER, ...SCHEDULER, ...systemAccounts()],
    resourceRules: [rule(['get', 'create', 'update'], 'coordination.k8s.io', ['leases'])],
  }),
  'system-node-high': schema('node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      rule(ALL, '', ['nodes', 'nodes/status'], true),
      rule(ALL, 'coordination.k8s.io', ['leases']),
    ],
  }),
  'system-nodes': schema('system', 500, 'ByUser', everything(groups('system:nodes'))),
  'kube-controller-manager': schema('workload-high', 800, 'ByNamespace', everything(MANAGER)),
  'kube-scheduler': schema('workload-high', 800, 'ByNamespace', everything(SCHEDULER)),
  'kube-system-service-accounts': schema(
    'workload-high',
    900,
    'ByNamespace',
    everything(systemAccounts()),
  ),
  'service-accounts': schema(
    'workload-low',
    9000,
    'ByUser',
    everything(groups('system:serviceaccounts')),
  ),
  'global-default': schema('global-default', 9900, 'ByUser', everything(EVERYBODY)),
}

/** What suits most clusters; whoever runs one may change or remove it. */
export const SUGGESTED = { flowSchemas: SUGGESTED_SCHEMAS, priorityLevels: SUGGESTED_LEVELS }

function level(
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queues: number,
  handSize: number,
): PriorityLevelConfigurationSpec {
  return {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares,
      lendablePercent,
      limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  }
}

function schema(
  name: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  rules: PolicyRulesWithSubjects,
): FlowSchemaSpec {
  return {
    priorityLevelConfiguration: { name },
    matchingPrecedence,
    ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
    rules: [rules],
  }
}

function everything(subjects: readonly Subject[]): PolicyRulesWithSubjects {
  return {
    subjects,
    resourceRules: [rule(ALL, '*', ALL, true)],
    nonResourceRules: [{ verbs: ALL, nonResourceURLs: ALL }],
  }
}

function rule(
  verbs: readonly string[],
  group: string,
  resources: readonly string[],
  clusterScope = false,
): ResourcePolicyRule {
  return {
    verbs,
    apiGroups: [group],
    resources,
    ...(clusterScope && { clusterScope }),
    namespaces: ALL,
  }
}

function groups(...names: readonly string[]): readonly Subject[] {
  return names.map((name) => ({ kind: 'Group', group: { name } }))
}

function users(...names: readonly string[]): readonly Subject[] {
  return names.map((name) => ({ kind: 'User', user: { name } }))
}

function systemAccounts(): readonly Subject[] {
  return [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: '*' } }]
}
