import { ClusterRole } from '../../api/rbac/v1/cluster-role.ts'
import { equal } from '../../apimachinery/equality.ts'
import { matches, selectorFrom } from '../../apimachinery/labels.ts'
import { controller, indexBy, watch, type Controller } from '../../controller-runtime/index.ts'

const FIELD_MANAGER = 'clusterrole-aggregation-controller'
const AGGREGATED = 'aggregated'

const byAggregation = indexBy(ClusterRole, 'aggregation', ({ aggregationRule }) =>
  aggregationRule ? [AGGREGATED] : [],
)

type Rules = NonNullable<ClusterRole['rules']>

/** Fills each ClusterRole that aggregates others with their rules. */
export const clusterRoleAggregationController: Controller = controller(
  'clusterrole-aggregation-controller',
  {
    queueName: 'ClusterRoleAggregator',
    for: ClusterRole,
    watches: [
      watch(ClusterRole, (_, cache) =>
        cache.find(byAggregation, AGGREGATED).map(({ metadata }) => metadata),
      ),
    ],
    concurrency: 1,

    async reconcile(role, { cache, client }) {
      if (!role.aggregationRule) return
      const rules = aggregatedRules(role, cache.list(ClusterRole))
      if (equal(rules, role.rules ?? [])) return
      const { name } = role.metadata
      const { apiVersion, kind } = role
      const patch = { apiVersion, kind, metadata: { name }, rules }
      // Applied, so that rules of its own making are all that it ever takes away.
      const options = { fieldManager: FIELD_MANAGER, force: true }
      await client.patch(ClusterRole, { name }, 'apply', patch, options)
    },
  },
)

/** The rules of all roles that the aggregation selects, each once, in the order of the roles' names. */
export function aggregatedRules(role: ClusterRole, roles: readonly ClusterRole[]): Rules {
  const selectors = (role.aggregationRule?.clusterRoleSelectors ?? []).map(selectorFrom)
  const rules: Rules[number][] = []
  for (const selector of selectors) {
    const selected = roles
      .filter((each) => each.metadata.name !== role.metadata.name)
      .filter((each) => matches(selector, each.metadata.labels))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    for (const rule of selected.flatMap((each) => each.rules ?? [])) {
      if (!rules.some((known) => equal(known, rule))) rules.push(rule)
    }
  }
  return rules
}
