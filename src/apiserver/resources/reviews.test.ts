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
    user: { username: 'u', groups: ['g'] },
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
