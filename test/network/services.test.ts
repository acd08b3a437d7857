import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { conntrackArguments } from '../../src/proxy/conntrack.ts'
import type { Place } from '../../src/proxy/endpoints.ts'
import { ServiceRules } from '../../src/proxy/service-rules.ts'
import { testService, testSlice, type TestEndpoint } from '../../src/proxy/testing.ts'
import { start } from '../e2e/programs.node.ts'
import {
  NODE_IP,
  NODE_OUTSIDE_IP,
  PEER,
  testNode,
  whyNoNetworks,
  type TestNode,
  type TestPod,
} from './pod-network.node.ts'

const skip = await whyNoNetworks()

const VIP = '10.96.0.20'
const VIP6 = 'fd00:96::20'
const PLACE: Place = { nodeName: 'n1' }
const BOTH = [
  { name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 },
  { name: 'echo', protocol: 'UDP', port: 53, nodePort: 30053 },
]
const TARGETS = [
  { name: 'http', protocol: 'TCP', port: 8080 },
  { name: 'echo', protocol: 'UDP', port: 5353 },
  { name: 'signals', protocol: 'SCTP', port: 3868 },
]

interface Scene {
  readonly node: TestNode
  readonly one: TestPod
  readonly two: TestPod
  readonly client: TestPod
  readonly outside: TestPod
}

describe('packets of Services', () => {
  let scene: Scene
  let stack: AsyncDisposableStack

  before(async () => {
    stack = new AsyncDisposableStack()
    if (skip !== false) return
    const node = stack.use(await testNode())
    const [one, two, client] = [await node.addPod(10), await node.addPod(11), await node.addPod(12)]
    scene = { node, one, two, client, outside: await node.addOutside() }
    for (const [pod, word] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      await pod.serve(8080, word)
      await pod.serve(5353, word, 'udp')
    }
  })
  after(() => stack.disposeAsync())

  const endpointsOf = (...pods: readonly TestPod[]): TestEndpoint[] =>
    pods.map(({ ip }) => ({ ip }))

  /** Brings Service `web` into nftables as it is now, in place of what was there. */
  async function apply(
    spec: object,
    endpoints: readonly TestEndpoint[],
    status: object = {},
    place = PLACE,
  ): Promise<void> {
    const rules = new ServiceRules('services', {
      family: 'ip',
      clusterCIDR: '10.244.0.0/16',
      ...(nodePortAddresses && { nodePortAddresses }),
    })
    const slices = endpoints.length === 0 ? [] : [testSlice(endpoints, TARGETS)]
    const service = testService({ ports: BOTH, ...spec }, status)
    await scene.node.nft(rules.anew(new Map([['default/web', { service, slices }]]), place).script)
  }

  let nodePortAddresses: readonly string[] | undefined

  /** Who answers, each of so many times. */
  async function asked(
    by: TestPod,
    address: string,
    port: number,
    times = 1,
  ): Promise<readonly string[]> {
    const said: string[] = []
    for (let i = 0; i < times; i++) said.push((await by.ask(address, port)).split(' ')[0]!)
    return said
  }

  async function fromNode(address: string, port: number): Promise<string> {
    const asking = start(
      scene.node.inside([process.execPath, PEER, 'ask', 'tcp', `${port}`, address]),
    )
    await asking.ended
    return asking.printed()
  }

  test(
    'a cluster IP leads to its Pods in turn, from Pods and from the node, with their own address',
    { skip },
    async () => {
      const { one, two, client } = scene
      await apply({}, endpointsOf(one, two))
      assert.deepEqual(await asked(client, VIP, 80, 4), ['one', 'two', 'one', 'two'])
      assert.match(await client.ask(VIP, 80), new RegExp(` ${client.ip}$`))
      assert.match(await fromNode(VIP, 80), /^(?:one|two)/)
      assert.match(await client.ask(VIP, 53, 'udp'), /^(?:one|two)/)
    },
  )

  test('a Pod reaches itself through its Service', { skip }, async () => {
    const { one } = scene
    await apply({}, endpointsOf(one))
    assert.equal(await one.ask(VIP, 80), `one ${NODE_IP}`)
  })

  test(
    'what has no endpoint is rejected, and a port that a Service does not have',
    { skip },
    async () => {
      const { one, client, outside } = scene
      await apply({ externalIPs: ['203.0.113.9'] }, [])
      assert.equal(await client.ask(VIP, 80), 'ECONNREFUSED')
      assert.equal(await fromNode(VIP, 80), 'ECONNREFUSED')
      assert.equal(await client.ask(VIP, 53, 'udp'), 'ECONNREFUSED')
      assert.equal(await outside.ask(NODE_OUTSIDE_IP, 30080), 'ECONNREFUSED')
      assert.equal(await outside.ask('203.0.113.9', 80), 'ECONNREFUSED')
      await apply({}, endpointsOf(one))
      assert.equal(await client.ask(VIP, 81), 'ECONNREFUSED')
    },
  )

  test(
    'node ports and external addresses are reached from outside, by way of the node',
    { skip },
    async () => {
      const { one, outside, client } = scene
      await apply({ externalIPs: ['203.0.113.9'] }, endpointsOf(one))
      assert.equal(await outside.ask(NODE_OUTSIDE_IP, 30080), `one ${NODE_IP}`)
      assert.equal(await outside.ask(NODE_OUTSIDE_IP, 30053, 'udp'), `one ${NODE_IP}`)
      assert.equal(await outside.ask('203.0.113.9', 80), `one ${NODE_IP}`)
      assert.match(await client.ask(NODE_IP, 30080), /^one/)
      assert.match(await fromNode(NODE_OUTSIDE_IP, 30080), /^one/)
    },
  )

  test('node ports are open on chosen addresses alone', { skip }, async () => {
    const { one, outside, client } = scene
    nodePortAddresses = ['10.244.0.0/24']
    await apply({}, endpointsOf(one))
    nodePortAddresses = undefined
    assert.equal(await outside.ask(NODE_OUTSIDE_IP, 30080), 'ECONNREFUSED')
    assert.match(await client.ask(NODE_IP, 30080), /^one/)
  })

  test(
    'external traffic policy Local keeps the source, and drops where this node has no endpoint',
    { skip },
    async () => {
      const { one, two, outside, client } = scene
      const local = { externalTrafficPolicy: 'Local' }
      await apply(local, [{ ip: one.ip }, { ip: two.ip, node: 'n2' }])
      for (let i = 0; i < 2; i++)
        assert.equal(await outside.ask(NODE_OUTSIDE_IP, 30080), `one ${outside.ip}`)
      await apply(local, [{ ip: two.ip, node: 'n2' }])
      assert.equal(await outside.ask(NODE_OUTSIDE_IP, 30080), '')
      // Pods are inside: they reach all.
      assert.match(await client.ask(NODE_IP, 30080), /^two/)
    },
  )

  test('internal traffic policy Local keeps to this node', { skip }, async () => {
    const { one, two, client } = scene
    const local = { internalTrafficPolicy: 'Local' }
    await apply(local, [{ ip: one.ip }, { ip: two.ip, node: 'n2' }])
    assert.deepEqual(await asked(client, VIP, 80, 2), ['one', 'one'])
    await apply(local, [{ ip: two.ip, node: 'n2' }])
    assert.equal(await client.ask(VIP, 80), '')
  })

  test('a load balancer has the node for its address, and source ranges', { skip }, async () => {
    const { one, outside } = scene
    const status = { loadBalancer: { ingress: [{ ip: NODE_OUTSIDE_IP, ipMode: 'VIP' }] } }
    const spec = { type: 'LoadBalancer' }
    await apply(spec, endpointsOf(one), status)
    assert.match(await outside.ask(NODE_OUTSIDE_IP, 80), /^one/)
    // What is a proxy of its own must be passed through, also from within.
    await apply(spec, endpointsOf(one), {
      loadBalancer: { ingress: [{ ip: NODE_OUTSIDE_IP, ipMode: 'Proxy' }] },
    })
    assert.equal(await outside.ask(NODE_OUTSIDE_IP, 80), 'ECONNREFUSED')
    await apply(
      { ...spec, loadBalancerSourceRanges: ['198.51.100.0/24'] },
      endpointsOf(one),
      status,
    )
    assert.equal(await outside.ask(NODE_OUTSIDE_IP, 80), '')
    await apply({ ...spec, loadBalancerSourceRanges: ['192.0.2.0/24'] }, endpointsOf(one), status)
    assert.match(await outside.ask(NODE_OUTSIDE_IP, 80), /^one/)
  })

  test(
    'with session affinity a client stays with a Pod, until it is gone or the time is over',
    { skip },
    async () => {
      const { one, two, client, outside } = scene
      const sticky = (timeoutSeconds: number) => ({
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds } },
      })
      await apply(sticky(60), endpointsOf(one, two))
      const [first, ...others] = await asked(client, VIP, 80, 4)
      assert.deepEqual(others, [first, first, first])
      const fromOutside = await asked(outside, NODE_OUTSIDE_IP, 30080, 3)
      assert.equal(new Set(fromOutside).size, 1)
      await apply(sticky(1), endpointsOf(one, two))
      const before = await asked(client, VIP, 80)
      await eventually(async () => {
        const left = await scene.node.outputOf(['nft', 'list', 'table', 'ip', 'services'])
        return !left.includes('expires')
      })
      assert.notDeepEqual(await asked(client, VIP, 80), before)
    },
  )

  test('hints send clients to their own node', { skip }, async () => {
    const { one, two, client } = scene
    await apply({}, [
      { ip: one.ip, node: 'n2', nodes: ['n2'] },
      { ip: two.ip, node: 'n1', nodes: ['n1'] },
    ])
    assert.deepEqual(await asked(client, VIP, 80, 2), ['two', 'two'])
  })

  test('a terminating Pod serves while nothing else does', { skip }, async () => {
    const { one, two, client } = scene
    await apply({}, [
      { ip: one.ip, ready: false, serving: true },
      { ip: two.ip, ready: false, serving: false },
    ])
    assert.deepEqual(await asked(client, VIP, 80, 2), ['one', 'one'])
  })

  test(
    'policies Local prefer what terminates here to what is ready elsewhere',
    { skip },
    async () => {
      const { one, two, client, outside } = scene
      await apply({ externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local' }, [
        { ip: one.ip, ready: false, serving: true },
        { ip: two.ip, node: 'n2' },
      ])
      assert.match(await client.ask(VIP, 80), /^one/)
      assert.equal(await outside.ask(NODE_OUTSIDE_IP, 30080), `one ${outside.ip}`)
      assert.match(await client.ask(NODE_IP, 30080), /^two/)
    },
  )

  test('IPv6: cluster IPs and rejection', { skip }, async () => {
    const { one, client, node } = scene
    const rules = new ServiceRules('services', { family: 'ip6', clusterCIDR: 'fd00:244::/64' })
    const service = testService({ clusterIPs: [VIP6], ports: BOTH })
    const anew = (endpoints: readonly TestEndpoint[]) =>
      node.nft(
        rules.anew(
          new Map([
            [
              'default/web',
              { service, slices: endpoints.map((each) => testSlice([each], TARGETS)) },
            ],
          ]),
          PLACE,
        ).script,
      )
    await anew([{ ip: one.ip6 }])
    assert.equal(await client.ask(VIP6, 80), `one ${client.ip6}`)
    assert.equal(await client.ask(VIP6, 53, 'udp'), `one ${client.ip6}`)
    await anew([])
    assert.equal(await client.ask(VIP6, 80), 'ECONNREFUSED')
    assert.equal(await client.ask(VIP6, 53, 'udp'), 'ECONNREFUSED')
    await node.nft('delete table ip6 services')
  })

  test('a flow of UDP follows its Service once its Pod is gone', { skip }, async (t) => {
    const { one, two, client, node } = scene
    if ((await node.outputOf(['sh', '-c', 'command -v conntrack || true'])) === '')
      return t.skip('needs conntrack')
    const rules = new ServiceRules('services', { family: 'ip' })
    const state = (...pods: readonly TestPod[]) => {
      const slices = pods.length === 0 ? [] : [testSlice(endpointsOf(...pods), TARGETS)]
      return new Map([['default/web', { service: testService({ ports: BOTH }), slices }]])
    }
    await node.nft(rules.anew(state(one), PLACE).script)
    await using held = start(client.inside([process.execPath, PEER, 'hold', 'udp', '53', VIP]))
    held.program.stdin.write('\n')
    await eventually(() => held.printed().includes('one'))
    const { script, stale } = rules.update(state(two), PLACE)
    await node.nft(script)
    for (const each of stale) {
      await node.outputOf(['sh', '-c', `conntrack ${conntrackArguments(each).join(' ')} || true`])
    }
    held.program.stdin.write('\n')
    await eventually(() => held.printed().includes('two'))
  })

  // The kernels of many machines have no sockets of SCTP to send packets with.
  test('SCTP: the kernel takes rules as for the others', { skip }, async () => {
    const { one, node } = scene
    const ports = [{ name: 'signals', protocol: 'SCTP', port: 3868, nodePort: 30868 }]
    await apply({ ports }, endpointsOf(one))
    const rules = await node.outputOf(['nft', 'list', 'table', 'ip', 'services'])
    assert.match(rules, /10\.96\.0\.20 \. sctp \. 3868 : goto svc-/)
    assert.match(rules, /sctp \. 30868 : goto ext-/)
    assert.match(rules, /meta l4proto sctp dnat to 10\.244\.0\.10:3868/)
  })

  test('nothing is left of a Service that is gone', { skip }, async () => {
    const { node, one, two } = scene
    const rules = new ServiceRules('services', { family: 'ip' })
    await node.nft(rules.anew(new Map(), PLACE).script)
    const list = () => node.outputOf(['nft', 'list', 'table', 'ip', 'services'])
    const empty = await list()
    const slices = [testSlice(endpointsOf(one, two), TARGETS)]
    const service = testService({
      type: 'LoadBalancer',
      ports: BOTH,
      sessionAffinity: 'ClientIP',
      externalIPs: ['203.0.113.9'],
      externalTrafficPolicy: 'Local',
    })
    await node.nft(rules.update(new Map([['default/web', { service, slices }]]), PLACE).script)
    assert.notEqual(await list(), empty)
    await node.nft(
      rules.update(new Map([['default/web', { service: undefined, slices: [] }]]), PLACE).script,
    )
    assert.equal(await list(), empty)
  })
})
