import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../base/clock.node.ts'
import { silentLogger } from '../../base/logger.ts'
import { seededRandom } from '../../base/random.ts'
import { encodeYaml } from '../../apimachinery/yaml.ts'
import { decide } from '../pipeline/authorize.ts'
import { statusWith } from '../testing.node.ts'
import { startSecureTestServer } from '../testing-secure.node.ts'
import { testDirectory, testWebhook } from '../webhook-client/testing.node.ts'
import { alwaysDeny } from './always.ts'
import type { AuthorizationAttributes, AuthorizationDecision } from './authorizer.ts'
import { entriesOfModes } from './configuration/modes.ts'
import { parseAuthorization } from './configuration/parse-authorization.ts'
import { loadAuthorization } from './load-authorization.node.ts'

const HEAD = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration' }
const WEBHOOK = {
  timeout: '3s',
  subjectAccessReviewVersion: 'v1',
  matchConditionSubjectAccessReviewVersion: 'v1',
  failurePolicy: 'NoOpinion',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/x' },
}
const OWN = { Node: alwaysDeny, RBAC: alwaysDeny }

const GET_POD: AuthorizationAttributes = {
  type: 'resource',
  user: { name: 'jane', groups: ['dev'], uid: '7', extra: { k: ['v'] } },
  verb: 'list',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: '',
  labelSelector: 'app=x,tier in (a,b),!z',
  fieldSelector: 'spec.nodeName=n,status.phase!=Failed',
}

function wrong(authorizers: readonly object[], head: object = HEAD): readonly string[] {
  try {
    parseAuthorization(encodeYaml({ ...head, authorizers }))
  } catch (error) {
    return (error as Error).message.replace(/^\[(.*)\]$/s, '$1').split(/, (?=authorizers\[)/)
  }
  return []
}

test('parseAuthorization() names all that is wrong', () => {
  assert.deepEqual(wrong([]), [
    'authorizers: Required value: at least one authorization mode must be defined',
  ])
  assert.deepEqual(
    wrong([
      { name: 'a' },
      { type: 'Magic', name: 'A_' },
      { type: 'RBAC', name: 'r' },
      { type: 'RBAC', name: 'r', webhook: WEBHOOK },
      { type: 'Webhook', name: 'w' },
    ]),
    [
      'authorizers[0].type: Required value',
      'authorizers[1].type: Unsupported value: "Magic": supported values: "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
      `authorizers[1].name: Invalid value: "A_": authorizer name is invalid: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`.replaceAll(
        '\\\\',
        '\\',
      ),
      'authorizers[3].type: Duplicate value: "RBAC"',
      'authorizers[3].name: Duplicate value: "r"',
      'authorizers[3].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
      'authorizers[4].webhook: Required value: required when type=Webhook',
    ],
  )
  const webhook = {
    timeout: '31s',
    failurePolicy: 'Maybe',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: 'x' },
    matchConditions: [{ expression: 'request.verb == "x"' }, { expression: "'a'" }, {}],
  }
  assert.deepEqual(
    wrong([{ type: 'Webhook', name: 'w', webhook }]).map((each) => each.split(': ')[0]),
    [
      'authorizers[0].timeout',
      'authorizers[0].subjectAccessReviewVersion',
      'authorizers[0].matchConditionSubjectAccessReviewVersion',
      'authorizers[0].failurePolicy',
      'authorizers[0].connectionInfo.kubeConfigFile',
      'authorizers[0].matchConditions[0].expression',
      'authorizers[0].matchConditions[1].expression',
      'authorizers[0].matchConditions[2].expression',
    ],
  )
})

test('entriesOfModes() knows the modes by name', () => {
  assert.deepEqual(entriesOfModes(['Node', 'RBAC'], undefined), [
    { type: 'Node' },
    { type: 'RBAC' },
  ])
  assert.throws(() => entriesOfModes(['RBAC', 'RBAC'], undefined), /more than once/)
  assert.throws(() => entriesOfModes(['Magic'], undefined), /not a valid mode/)
  assert.throws(() => entriesOfModes(['Webhook'], undefined), /config file not passed/)
})

async function chain(t: TestContext, authorizers: (kubeconfig: string) => readonly object[]) {
  const webhook = await testWebhook(t)
  const file = join(await testDirectory(t), 'authorization.yaml')
  const write = async (entries: readonly object[]): Promise<void> => {
    await writeFile(`${file}.new`, encodeYaml({ ...HEAD, authorizers: entries }))
    await rename(`${file}.new`, file)
  }
  await write(authorizers(webhook.kubeconfig))
  let tell = Promise.withResolvers<string>()
  const said = (message: string): void => {
    tell.resolve(message)
    tell = Promise.withResolvers()
  }
  const logger = { ...silentLogger, info: said, error: said }
  const platform = { clock: systemClock, random: seededRandom(1), logger }
  const loaded = await loadAuthorization(file, platform)
  t.after(() => loaded[Symbol.dispose]())
  const all = loaded.chain(OWN)
  return {
    webhook,
    write,
    chain: loaded.chain,
    next: () => tell.promise,
    ask: async (attributes: AuthorizationAttributes): Promise<AuthorizationDecision> =>
      decide(all, attributes),
  }
}

function entry(kubeConfigFile: string, more: object = {}): object {
  const connectionInfo = { type: 'KubeConfigFile', kubeConfigFile }
  return { type: 'Webhook', name: 'hook', webhook: { ...WEBHOOK, connectionInfo, ...more } }
}

test('a webhook is told all of a request, with its selectors, and asked once', async (t) => {
  const { ask, webhook } = await chain(t, (kubeconfig) => [entry(kubeconfig)])
  webhook.answer = () => ({ allowed: true, reason: 'since you ask' })
  assert.deepEqual(await ask(GET_POD), { decision: 'allow', reason: 'since you ask' })
  await ask(GET_POD)
  assert.equal(webhook.reviews.length, 1)
  assert.deepEqual(webhook.reviews[0]!['spec'], {
    resourceAttributes: {
      namespace: 'default',
      verb: 'list',
      version: 'v1',
      resource: 'pods',
      fieldSelector: {
        requirements: [
          { key: 'spec.nodeName', operator: 'In', values: ['n'] },
          { key: 'status.phase', operator: 'NotIn', values: ['Failed'] },
        ],
      },
      labelSelector: {
        requirements: [
          { key: 'app', operator: 'In', values: ['x'] },
          { key: 'tier', operator: 'In', values: ['a', 'b'] },
          { key: 'z', operator: 'DoesNotExist' },
        ],
      },
    },
    user: 'jane',
    groups: ['dev'],
    extra: { k: ['v'] },
    uid: '7',
  })
})

test('a webhook may deny, and is not overruled', async (t) => {
  const allow = { type: 'AlwaysAllow', name: 'allow' }
  const { ask, webhook } = await chain(t, (kubeconfig) => [entry(kubeconfig), allow])
  webhook.answer = () => ({ denied: true, reason: 'never' })
  assert.deepEqual(await ask(GET_POD), { decision: 'deny', reason: 'never' })
  webhook.answer = () => ({ allowed: false })
  const user = { name: 'other', groups: [] }
  assert.equal((await ask({ ...GET_POD, user })).decision, 'allow')
  webhook.answer = () => ({ allowed: true, denied: true })
  const both = await ask({ ...GET_POD, user: { name: 'both', groups: [] } })
  assert.equal(both.decision, 'deny')
  assert.match(both.error!, /both allow and deny/)
})

test('match conditions say what a webhook is asked about', async (t) => {
  const matchConditions = [
    { expression: 'has(request.resourceAttributes)' },
    { expression: "request.resourceAttributes.namespace == 'default'" },
    { expression: "!('admins' in request.groups)" },
    {
      expression:
        "request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'spec.nodeName')",
    },
  ]
  const { ask, webhook } = await chain(t, (file) => [entry(file, { matchConditions })])
  webhook.answer = () => ({ denied: true })
  const { user } = GET_POD
  assert.equal((await ask(GET_POD)).decision, 'deny')
  const others: readonly AuthorizationAttributes[] = [
    { type: 'nonResource', user, verb: 'get', path: '/' },
    { ...GET_POD, namespace: 'x' },
    { ...GET_POD, user: { name: 'a', groups: ['admins'] } },
  ]
  for (const each of others) assert.equal((await ask(each)).decision, 'noOpinion')
  assert.equal(webhook.reviews.length, 1)
})

for (const [failurePolicy, decision] of [
  ['Deny', 'deny'],
  ['NoOpinion', 'noOpinion'],
] as const) {
  test(`a webhook that fails: ${failurePolicy}`, async (t) => {
    const expression = 'request.resourceAttributes.fieldSelector.requirements.size() > 0'
    const matchConditions = [{ expression: 'true' }, { expression }]
    const more = { failurePolicy, matchConditions }
    const { ask, webhook } = await chain(t, (kubeconfig) => [entry(kubeconfig, more)])
    webhook.answer = () => 307
    const failed = await ask(GET_POD)
    assert.deepEqual(
      [failed.decision, failed.error],
      [decision, 'the webhook answered with status 307'],
    )
    const { fieldSelector: _, ...without } = GET_POD as AuthorizationAttributes & {
      type: 'resource'
    }
    const unsure = await ask(without)
    assert.equal(unsure.decision, decision)
    assert.equal(unsure.error === undefined, failurePolicy === 'NoOpinion')
    assert.equal(webhook.reviews.length, 1)
  })
}

test('a configuration is followed; one that cannot be used changes nothing', async (t) => {
  const { ask, write, next } = await chain(t, () => [{ type: 'AlwaysAllow', name: 'a' }])
  assert.equal((await ask(GET_POD)).decision, 'allow')
  let logged = next()
  await write([{ type: 'AlwaysDeny', name: 'a' }])
  assert.match(await logged, /has been reloaded/)
  assert.equal((await ask(GET_POD)).decision, 'noOpinion')
  logged = next()
  await write([{ type: 'Magic', name: 'a' }])
  assert.match(await logged, /the last one stays in force/)
  assert.equal((await ask(GET_POD)).decision, 'noOpinion')
})

test('a request is an error where an authorizer that might have allowed it cannot be asked', async (t) => {
  const rbac = { type: 'RBAC', name: 'rbac' }
  const { chain: authorization, webhook } = await chain(t, (file) => [rbac, entry(file)])
  await using api = await startSecureTestServer({ access: { authorization } })
  webhook.answer = () => 404
  const jane = { name: 'jane', groups: [] }
  await assert.rejects(
    api.calls('v1', 'pods', 'default', jane).list(),
    statusWith({ code: 500, message: /the webhook answered with status 404/ }),
  )
  const reviews = api.calls('authorization.k8s.io/v1', 'subjectaccessreviews')
  const resourceAttributes = { verb: 'get', resource: 'pods' }
  const { status } = await reviews.create({ spec: { user: 'jane', resourceAttributes } })
  assert.deepEqual(status, {
    allowed: false,
    evaluationError: 'the webhook answered with status 404',
  })
  webhook.answer = () => ({ allowed: true })
  await api.calls('v1', 'pods', 'default', { name: 'joe', groups: [] }).list()
  await api.calls('v1', 'pods', 'default').list()
})
