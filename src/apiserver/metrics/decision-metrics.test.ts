import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SubjectAccessReview } from '../../api/authorization/v1/index.ts'
import { startSecureTestServer } from '../testing-secure.node.ts'
import { serverMetrics } from './server-metrics.ts'

test('whoever decides is counted, whatever the chain', async () => {
  const metrics = serverMetrics()
  const hook = { name: 'hook', authorize: () => ({ decision: 'deny', reason: '' }) as const }
  await using api = await startSecureTestServer({
    access: {
      metrics,
      authorization: ({ Node, RBAC, count }) => [Node, RBAC, count!(hook, 'Webhook')],
    },
  })
  const ask = (user: string, resource: string): Promise<unknown> =>
    api.client().create(SubjectAccessReview, {
      spec: {
        user,
        groups: user.startsWith('system:node') ? ['system:nodes'] : [],
        resourceAttributes: { verb: 'get', resource, name: 'a' },
      },
    })
  await ask('system:node:a', 'nodes')
  await ask('system:kube-scheduler', 'nodes')
  await ask('jane', 'nodes')
  await ask('jane', 'secrets')
  const name = 'apiserver_authorization_decisions_total'
  const lines = (await metrics.set.text()).split('\n').filter((line) => line.startsWith(name))
  assert.deepEqual(lines.toSorted(), [
    `${name}{type="Node",name="node",decision="allowed"} 1`,
    `${name}{type="RBAC",name="rbac",decision="allowed"} 1`,
    `${name}{type="Webhook",name="hook",decision="denied"} 2`,
  ])
})
