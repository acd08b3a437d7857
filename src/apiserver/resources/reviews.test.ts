import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResourceCalls, startTestServer, statusWith } from '../testing.node.ts'
import type { Authorizer } from '../authorization/authorizer.ts'

/** Allows reading, and says why. */
const readers: Authorizer = {
  name: 'readers',
  authorize: (attributes) => {
    if (attributes.user.groups.includes('system:masters')) return { decision: 'allow', reason: '' }
    if (attributes.verb === 'get') return { decision: 'allow', reason: 'everybody may read' }
    return { decision: 'noOpinion', reason: '' }
  },
}

test('access reviews ask the authorizers', async () => {
  await using api = await startTestServer({ authorizers: [readers] })
  const reviews = new ResourceCalls(
    api.transport,
    'authorization.k8s.io/v1',
    'subjectaccessreviews',
  )
  const ask = async (verb: string): Promise<unknown> => {
    const resourceAttributes = { verb, resource: 'pods' }
    const review = await reviews.create({ spec: { user: 'u', resourceAttributes } })
    return review['status']
  }
  assert.deepEqual(await ask('get'), { allowed: true, reason: 'everybody may read' })
  assert.deepEqual(await ask('delete'), { allowed: false })
  await assert.rejects(
    reviews.create({ spec: { user: 'u' } }),
    statusWith({
      code: 422,
      message: /exactly one of nonResourceAttributes or resourceAttributes must be specified$/,
    }),
  )
})

test('access reviews ask with selectors, which must make sense', async () => {
  const asked: (readonly [string | undefined, string | undefined])[] = []
  const curious: Authorizer = {
    name: 'curious',
    authorize(attributes) {
      if (attributes.type === 'resource' && attributes.user.name === 'u')
        asked.push([attributes.fieldSelector, attributes.labelSelector])
      return { decision: 'allow', reason: '' }
    },
  }
  await using api = await startTestServer({ authorizers: [curious] })
  const reviews = new ResourceCalls(
    api.transport,
    'authorization.k8s.io/v1',
    'subjectaccessreviews',
  )
  const ask = (selectors: object): Promise<unknown> =>
    reviews.create({
      spec: { user: 'u', resourceAttributes: { verb: 'list', resource: 'pods', ...selectors } },
    })
  const requirement = (key: string, operator: string, ...values: readonly string[]): object => ({
    requirements: [{ key, operator, ...(values.length > 0 && { values }) }],
  })
  await ask({
    fieldSelector: requirement('spec.nodeName', 'In', 'n'),
    labelSelector: requirement('app', 'NotIn', 'a', 'b'),
  })
  await ask({ fieldSelector: { rawSelector: 'a=b' }, labelSelector: requirement('x', 'Near') })
  assert.deepEqual(asked[0], ['spec.nodeName=n', 'app notin (a,b)'])
  assert.equal(asked[1]?.[0], 'a=b')
  for (const [selectors, message] of [
    [
      { fieldSelector: {} },
      'fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
    ],
    [
      { labelSelector: { ...requirement('a', 'Exists'), rawSelector: 'a' } },
      'labelSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements',
    ],
    [
      { fieldSelector: requirement('', 'Exists') },
      'fieldSelector.requirements[0].key: Required value: must be specified',
    ],
    [
      { labelSelector: requirement('a', 'In') },
      "labelSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ] as const)
    await assert.rejects(ask(selectors), (error: Error) =>
      error.message.endsWith(`spec.resourceAttributes.${message}`),
    )
})

test('self reviews are about who asks', async () => {
  await using api = await startTestServer()
  const whoami = new ResourceCalls(api.transport, 'authentication.k8s.io/v1', 'selfsubjectreviews')
  assert.deepEqual((await whoami.create({}))['status'], {
    userInfo: { username: 'test', groups: ['system:masters', 'system:authenticated'] },
  })
})

test('a token review says whose a token is', async () => {
  await using api = await startTestServer({
    authenticators: [
      ({ bearerToken }) =>
        bearerToken === 'secret' ? { user: { name: 'u', groups: ['g'] } } : undefined,
    ],
  })
  const reviews = new ResourceCalls(api.transport, 'authentication.k8s.io/v1', 'tokenreviews')
  const known = await reviews.create({ spec: { token: 'secret' } })
  assert.deepEqual(known['status'], {
    authenticated: true,
    user: { username: 'u', groups: ['g', 'system:authenticated'] },
  })
  const unknown = await reviews.create({ spec: { token: 'other' } })
  assert.deepEqual(unknown['status'], {
    user: {},
    error: '[invalid bearer token, token lookup failed]',
  })
})

test('who may not is told so, in Kubernetes words', async () => {
  await using api = await startTestServer({ authorizers: [readers] })
  const transport = api.server.transportFor({ name: 'u', groups: [] })
  const pods = new ResourceCalls(transport, 'v1', 'pods', 'default')
  await assert.rejects(
    pods.list(),
    statusWith({
      code: 403,
      reason: 'Forbidden',
      message:
        'pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "default"',
    }),
  )
  const nodes = new ResourceCalls(transport, 'v1', 'nodes')
  await assert.rejects(
    nodes.delete('n'),
    statusWith({
      code: 403,
      message:
        'nodes "n" is forbidden: User "u" cannot delete resource "nodes" in API group "" at the cluster scope',
    }),
  )
})
