import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { PolicyWorld } from './testing.ts'

const label = fc.record({ app: fc.constantFrom('x', 'y') })
const selector = fc.oneof(fc.constant({}), fc.record({ matchLabels: label }))
const namespace = fc.constantFrom('a', 'b')
const key = fc.tuple(namespace, fc.constantFrom('1', '2', '3')).map((parts) => parts.join('/'))
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ namespaceSelector: selector, podSelector: selector }),
)
const rule = fc.record({
  from: fc.array(peer, { maxLength: 2 }),
  ports: fc.array(fc.record({ port: fc.constantFrom(80, 'http', 'https') }), { maxLength: 2 }),
})
const policy = fc.record({
  podSelector: selector,
  policyTypes: fc.constant(['Ingress' as const]),
  ingress: fc.array(rule, { maxLength: 2 }),
})
const pod = fc.record({
  ips: fc.constantFrom(['10.0.0.1'], ['10.0.0.2', 'fd00::2'], []),
  labels: label,
  node: fc.constantFrom('n1', 'n2'),
  ports: fc.constantFrom([], [{ name: 'http', containerPort: 8080 }]),
  phase: fc.constantFrom('Running', 'Running', 'Failed'),
})
const event = fc.oneof(
  fc.record({ type: fc.constant('pod' as const), key, pod: fc.option(pod, { nil: undefined }) }),
  fc.record({
    type: fc.constant('policy' as const),
    key,
    policy: fc.option(policy, { nil: undefined }),
  }),
  fc.record({ type: fc.constant('namespace' as const), key: namespace, labels: label }),
)

test('PolicyIndex comes to the same whichever way the cluster came to be what it is', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const world = new PolicyWorld()
      for (const each of events) {
        if (each.type === 'pod') world.pod(each.key, each.pod)
        else if (each.type === 'policy') world.policy(each.key, each.policy)
        else world.namespace(each.key, each.labels)
      }
      assert.deepEqual(world.parts, world.partsAnew())
    }),
  )
})

test('PolicyIndex keeps policies out of the table that select no Pod of the node', () => {
  const world = new PolicyWorld()
  world.namespace('a', {})
  world.policy('a/deny', { podSelector: {}, policyTypes: ['Ingress'] })
  assert.equal(world.pod('a/far', { ips: ['10.0.0.9'], node: 'n2' }), '')
  assert.match(
    world.pod('a/near', { ips: ['10.0.0.1'] }),
    /add chain inet policies policy-\S+-ingress\n/,
  )
  assert.match(world.pod('a/near', undefined), /delete chain inet policies policy-/)
})

test('PolicyIndex writes only the Pod that changed, however many there are', () => {
  const world = new PolicyWorld()
  world.namespace('a', {})
  world.policy('a/allow', {
    podSelector: {},
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: {} }] }],
  })
  for (let i = 0; i < 200; i++)
    world.pod(`a/p${i}`, { ips: [`10.0.1.${i}`], node: i === 0 ? 'n1' : 'n2' })
  const script = world.pod('a/new', { ips: ['10.0.2.1'], node: 'n2' })
  assert.match(script, /^add element inet policies pods-\S+-4 \{ 10\.0\.2\.1 \}\n$/)
})
