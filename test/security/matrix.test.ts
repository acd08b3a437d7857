import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterRole } from '../../src/api/rbac/v1/cluster-role.ts'
import { API_GROUPS } from '../../src/api/resources.ts'
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts'
import { NODE_AND_RBAC } from '../../src/apiserver/authorization/authorizer-chain.ts'
import { ADMIN, startSecureTestServer } from '../../src/apiserver/testing-secure.node.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { seededRandom } from '../../src/base/random.ts'
import { startManager } from '../../src/controller-runtime/index.ts'
import { clusterRoleAggregationController } from '../../src/controllers/clusterrole-aggregation/clusterrole-aggregation-controller.ts'
import facts from './default-roles.json' with { type: 'json' }

/** What a role of Kubernetes 1.36 grants: `VERBS GROUPS:RESOURCES [NAMES]`, or `VERBS PATHS`. */
interface RoleFacts {
  readonly rules: readonly string[]
  /** Labels of the roles whose rules it takes over. */
  readonly aggregates?: readonly string[]
  readonly labels?: readonly string[]
}

const ROLES = facts as Readonly<Record<string, RoleFacts>>
const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'impersonate',
  'bind',
  'escalate',
  'approve',
  'sign',
  'attest',
  'proxy',
  'use',
]
const OTHERS = [
  'core:users',
  'core:groups',
  'core:serviceaccounts/token',
  'certificates.k8s.io:signers',
  'certificates.k8s.io:certificatesigningrequests/nodeclient',
  'certificates.k8s.io:certificatesigningrequests/selfnodeclient',
  'core:nodes/metrics',
  'core:nodes/stats',
  'metrics.k8s.io:pods',
  'example.com:widgets',
]
const PATHS = ['/', '/api', '/api/v1', '/apis/apps', '/healthz', '/livez/etcd', '/metrics']
const MORE_PATHS = ['/version', '/openid/v1/jwks', '/openapi/v3', '/logs', '/debug/pprof/']

/** Every resource and subresource that is served, as `GROUP:RESOURCE`. */
const RESOURCES = [
  ...API_GROUPS.flatMap(({ versions }) =>
    versions.flatMap(({ resources }) =>
      resources.flatMap(({ resource: { group, plural, subresources } }) =>
        ['', ...subresources.map(({ name }) => `/${name}`)].map(
          (subresource) => `${group || 'core'}:${plural}${subresource}`,
        ),
      ),
    ),
  ),
  ...OTHERS,
]

function rulesOf(role: string): readonly string[] {
  const { rules, aggregates = [] } = ROLES[role]!
  const parts = Object.keys(ROLES).filter((each) =>
    ROLES[each]!.labels?.some((label) => aggregates.includes(label)),
  )
  return [...rules, ...parts.flatMap(rulesOf)]
}

/** What the facts say, rule by rule and word by word: no code in common with the authorizer. */
function expected(rules: readonly string[], verb: string, what: string): boolean {
  return rules.some((rule) => {
    const [verbs = '', targets = '', names] = rule.split(' ')
    if (!has(verbs, verb) || names !== undefined) return false
    if (!what.includes(':')) {
      return targets
        .split(',')
        .some((each) => each === what || (each.endsWith('*') && what.startsWith(each.slice(0, -1))))
    }
    if (!targets.includes(':')) return false
    const [groups = '', resources = ''] = targets.split(':')
    const [group = '', resource = ''] = what.split(':')
    const ofAny = resource.replace(/^[^/]*/, '*') // `*/scale`: of every resource that has it.
    return has(groups, group) && (has(resources, resource) || has(resources, ofAny))
  })
}

function has(list: string, value: string): boolean {
  const items = list.split(',')
  return items.includes('*') || items.includes(value)
}

/** A server with the default roles, those that aggregate others filled. */
async function authorizerOfDefaults(stack: AsyncDisposableStack) {
  let rbac: Authorizer | undefined
  const api = stack.use(
    await startSecureTestServer({
      access: {
        authorization: (own) => {
          rbac = own.RBAC
          return NODE_AND_RBAC(own)
        },
      },
    }),
  )
  const transport = api.server.transportFor(ADMIN)
  stack.use(
    startManager({
      controllers: [clusterRoleAggregationController],
      transport,
      clock: systemClock,
      random: seededRandom(1),
      logger: silentLogger,
    }),
  )
  const client = api.client()
  await eventually(async () => {
    const { rules } = await client.get(ClusterRole, { name: 'admin' })
    return (rules?.length ?? 0) > 20
  })
  return { api, rbac: rbac! }
}

test('every default role allows what Kubernetes says, of every resource and verb, and nothing else', async () => {
  await using stack = new AsyncDisposableStack()
  const { api, rbac } = await authorizerOfDefaults(stack)
  const group = 'rbac.authorization.k8s.io'
  for (const role of Object.keys(ROLES)) {
    const [namespace, name = namespace] = role.startsWith('kube-')
      ? role.split('/')
      : [undefined, role]
    const subjects = [{ kind: 'User', apiGroup: group, name: `only:${role}` }]
    const kind = namespace === undefined ? 'ClusterRole' : 'Role'
    const bindings = namespace === undefined ? 'clusterrolebindings' : 'rolebindings'
    await api.calls(`${group}/v1`, bindings, namespace).create({
      metadata: { generateName: 'matrix-' },
      roleRef: { apiGroup: group, kind, name },
      subjects,
    })
  }
  const probe = { name: 'only:view', groups: [] }
  await eventually(async () => {
    const answer = await rbac.authorize(question(probe, 'get', 'core:pods', 'default'))
    return answer.decision === 'allow'
  })
  const wrong: string[] = []
  let asked = 0
  for (const role of Object.keys(ROLES)) {
    const rules = rulesOf(role)
    const namespace = role.startsWith('kube-') ? role.split('/')[0]! : 'default'
    const user = { name: `only:${role}`, groups: [] }
    for (const verb of VERBS) {
      for (const what of [...RESOURCES, ...PATHS, ...MORE_PATHS]) {
        const answer = rbac.authorize(question(user, verb, what, namespace))
        const { decision } = answer instanceof Promise ? await answer : answer
        asked++
        if ((decision === 'allow') !== expected(rules, verb, what))
          wrong.push(`${role}: ${verb} ${what}: ${decision}`)
      }
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(asked > 100_000, `${asked} questions`)
})

function question(
  user: { readonly name: string; readonly groups: readonly string[] },
  verb: string,
  what: string,
  namespace: string,
): Parameters<Authorizer['authorize']>[0] {
  if (!what.includes(':')) return { type: 'nonResource', user, verb, path: what }
  const [group = '', path = ''] = what.split(':')
  const [resource = '', subresource = ''] = path.split('/')
  return {
    type: 'resource',
    user,
    verb,
    group: group === 'core' ? '' : group,
    version: 'v1',
    resource,
    subresource,
    namespace,
    name: '',
  }
}
