import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationAttributes } from '../authorization/authorizer.ts'
import { auditRules } from './audit-policy.ts'
import { parseAuditPolicy } from './parse-audit-policy.ts'

const HEAD = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'

const refused: readonly (readonly [yaml: string, message: string])[] = [
  ['kind: Policy', 'no kind "Policy" is registered for version ""'],
  [`${HEAD}rules: []`, 'loaded illegal policy with 0 rules'],
  [`${HEAD}rules: [{}]`, 'rules[0].level: Required value'],
  [
    `${HEAD}rules: [{ level: All }]`,
    'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"',
  ],
  [
    `${HEAD}rules: [{ level: None, nonResourceURLs: ['a', '/a*b'] }]`,
    `[rules[0].nonResourceURLs[0]: Invalid value: "a": non-resource URL rules must begin with a '/' character, rules[0].nonResourceURLs[1]: Invalid value: "/a*b": non-resource URL wildcards '*' must be the final character of the rule]`,
  ],
  [
    `${HEAD}rules: [{ level: None, nonResourceURLs: ['/a'], namespaces: [x] }]`,
    'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
  ],
  [
    `${HEAD}rules: [{ level: None, resources: [{ resourceNames: [x] }] }]`,
    'rules[0].resources[0].resourceNames: Invalid value: ["x"]: using resourceNames requires at least one resource',
  ],
  [
    `${HEAD}omitStages: [Begin]\nrules: [{ level: None }]`,
    'omitStages[0]: Invalid value: "Begin": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
  ],
  [`${HEAD}rules: [{ level: None, verb: [get] }]`, 'unknown field "rules[0].verb"'],
]

for (const [yaml, message] of refused) {
  test(`parseAuditPolicy() refuses with: ${message}`, () => {
    assert.throws(
      () => parseAuditPolicy(yaml),
      (error: Error) => error.message.endsWith(message) || assert.equal(error.message, message),
    )
  })
}

interface Asked {
  readonly user?: string
  readonly groups?: readonly string[]
  readonly verb?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly path?: string
}

function attributes({
  user = 'u',
  groups = [],
  verb = 'get',
  ...asked
}: Asked): AuthorizationAttributes {
  const who = { user: { name: user, groups }, verb }
  if (asked.path !== undefined) return { ...who, type: 'nonResource', path: asked.path }
  const { group = '', resource = 'pods', subresource = '', namespace = '', name = '' } = asked
  return { ...who, type: 'resource', version: 'v1', group, resource, subresource, namespace, name }
}

const RULES: readonly (readonly [rule: string, fits: Asked, not: Asked])[] = [
  ['users: [a]', { user: 'a' }, { user: 'b' }],
  ['userGroups: [a, b]', { groups: ['b'] }, { groups: ['c'] }],
  ['verbs: [get]', { verb: 'get' }, { verb: 'list' }],
  ['namespaces: [a]', { namespace: 'a' }, { path: '/a' }],
  ["namespaces: ['']", { namespace: '' }, { namespace: 'a' }],
  ['resources: [{ group: apps }]', { group: 'apps' }, { group: '' }],
  ['resources: [{ resources: [pods] }]', {}, { subresource: 'log' }],
  ['resources: [{ resources: [pods/log] }]', { subresource: 'log' }, {}],
  ['resources: [{ resources: [pods/*] }]', { subresource: 'log' }, { resource: 'nodes' }],
  ["resources: [{ resources: ['*/scale'] }]", { subresource: 'scale' }, { subresource: 'log' }],
  ["resources: [{ resources: ['*'] }]", { subresource: 'log' }, { group: 'apps' }],
  ['resources: [{ resources: [pods], resourceNames: [x] }]', { name: 'x' }, { name: 'y' }],
  ["nonResourceURLs: ['/healthz*']", { path: '/healthz/etcd' }, { path: '/livez' }],
  ["nonResourceURLs: ['*']", { path: '/a' }, {}],
]

for (const [rule, fits, not] of RULES) {
  test(`an audit rule with ${rule} fits what it says, and nothing else`, () => {
    const ruleOf = auditRules(parseAuditPolicy(`${HEAD}rules: [{ level: Metadata, ${rule} }]`))
    assert.equal(ruleOf(attributes(fits))?.level, 'Metadata')
    assert.equal(ruleOf(attributes(not)), undefined)
  })
}

test('the first audit rule that fits decides, and stages that are left out add up', () => {
  const ruleOf = auditRules(
    parseAuditPolicy(`${HEAD}
omitStages: [RequestReceived]
omitManagedFields: true
rules:
  - { level: None, verbs: [get] }
  - { level: Request, omitStages: [ResponseStarted], omitManagedFields: false }
  - { level: RequestResponse }
`),
  )
  assert.equal(ruleOf(attributes({})), undefined)
  assert.deepEqual(ruleOf(attributes({ verb: 'list' })), {
    level: 'Request',
    omitStages: new Set(['RequestReceived', 'ResponseStarted']),
    omitManagedFields: false,
  })
})
