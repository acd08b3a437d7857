import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { NftTable } from '../base/nft-table.ts'
import { serviceFragment } from './service-fragment.ts'
import { servicePorts } from './service-port.ts'
import { testService, testSlice, type TestEndpoint } from './testing.ts'

const ENDPOINTS: readonly TestEndpoint[] = [
  { ip: '10.244.0.5' },
  { ip: '10.244.0.6' },
  { ip: '10.244.1.7', node: 'n2' },
]

function plan(spec: object = {}, endpoints = ENDPOINTS, status: object = {}) {
  const slices = endpoints.length === 0 ? [] : [testSlice(endpoints)]
  const ports = servicePorts(testService(spec, status), slices, 'ip', { nodeName: 'n1' })
  return serviceFragment(ports, { family: 'ip', clusterCIDR: '10.244.0.0/16' })
}

/** The rules of the chain whose name starts so. */
function chain(fragment: ReturnType<typeof plan>, start: string): readonly string[] | undefined {
  return [...fragment.chains!].find(([name]) => name.startsWith(start))?.[1]
}

const elements = (fragment: ReturnType<typeof plan>, holder: string) => [
  ...(fragment.elements!.get(holder) ?? []),
]

test('serviceFragment() lets the backends take turns strictly', () => {
  assert.deepEqual(chain(plan(), 'svc-'), [
    'numgen inc mod 3 0 meta l4proto tcp dnat ip to 10.244.0.5:8080',
    'numgen inc mod 2 0 meta l4proto tcp dnat ip to 10.244.0.6:8080',
    'meta l4proto tcp dnat ip to 10.244.1.7:8080',
  ])
})

test('serviceFragment() knows the Pods of this node that may reach themselves', () => {
  const keys = elements(plan(), 'hairpins').map(([key]) => key)
  assert.deepEqual(keys, ['10.244.0.5 . 10.244.0.5', '10.244.0.6 . 10.244.0.6'])
})

test('serviceFragment() rejects where there is no backend', () => {
  const none = plan({ ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }] }, [])
  const reject = 'goto reject-all'
  assert.deepEqual(elements(none, 'no-endpoint-services'), [['10.96.0.20 . tcp . 80', reject]])
  assert.deepEqual(elements(none, 'no-endpoint-node-ports'), [['tcp . 30080', reject]])
  assert.equal(none.chains!.size, 0)
})

test('serviceFragment() drops, and does not reject, where only other nodes have backends', () => {
  const far = [{ ip: '10.244.1.7', node: 'n2' }]
  const internal = plan({ internalTrafficPolicy: 'Local' }, far)
  assert.deepEqual(elements(internal, 'no-endpoint-services'), [['10.96.0.20 . tcp . 80', 'drop']])
  const external = plan({ externalTrafficPolicy: 'Local', externalIPs: ['192.0.2.9'] }, far)
  assert.equal(chain(external, 'ext-')!.at(-1), 'drop')
})

test('serviceFragment() keeps the source of what comes from outside under policy Local', () => {
  const rules = chain(plan({ externalTrafficPolicy: 'Local', externalIPs: ['192.0.2.9'] }), 'ext-')!
  assert.match(rules[0]!, /^ip saddr 10\.244\.0\.0\/16 goto svc-/)
  assert.match(rules[1]!, /^fib saddr type local meta mark set .* goto svc-/)
  assert.match(rules[2]!, /^goto local-/)
})

test('serviceFragment() limits who may use a load balancer', () => {
  const ingress = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
  const spec = { type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.0/24', 'fd00::/8'] }
  const rules = chain(plan(spec, ENDPOINTS, ingress), 'limited-')!
  assert.equal(rules.length, 2)
  assert.match(rules[0]!, /^ip saddr 198\.51\.100\.0\/24 goto ext-/)
  assert.equal(rules[1], 'drop')
})

test('a change of one endpoint is written without what stays', () => {
  const table = new NftTable('ip t')
  table.update(new Map([['default/web', plan()]]))
  const script = table.update(new Map([['default/web', plan({}, ENDPOINTS.slice(0, 2))]]))
  assert.match(script, /^flush chain ip t svc-/)
  assert.doesNotMatch(script, /element|add chain [^{]+$/m)
})
