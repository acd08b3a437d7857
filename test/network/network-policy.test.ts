import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { policyTableScript } from '../../src/network/policy/policy-table.ts'
import { PolicyWorld } from '../../src/network/policy/testing.ts'
import { start, type Running } from '../e2e/programs.node.ts'
import {
  NODE_IP,
  PEER,
  testNode,
  whyNoNetworks,
  type TestNode,
  type TestPod,
} from './pod-network.node.ts'

const skip = await whyNoNetworks()

/** A node with Pods `web` (namespace a), `friend` (a) and `stranger` (namespace b), and what applies rules to it. */
interface Scene {
  readonly node: TestNode
  readonly web: TestPod
  readonly friend: TestPod
  readonly stranger: TestPod
  readonly outside: TestPod
}

describe('network policies', () => {
  let scene: Scene
  let stack: AsyncDisposableStack

  before(async () => {
    stack = new AsyncDisposableStack()
    if (skip !== false) return
    const node = stack.use(await testNode())
    const [web, friend, stranger] = [
      await node.addPod(10),
      await node.addPod(11),
      await node.addPod(12),
    ]
    scene = { node, web, friend, stranger, outside: await node.addOutside() }
    await web.serve(80, 'web')
    await web.serve(81, 'other')
    await web.serve(53, 'udp', 'udp')
    await friend.serve(80, 'friend')
  })
  after(() => stack.disposeAsync())

  /** The cluster of the scene, brought into nftables, and changed through `apply`. */
  async function world() {
    const policies = new PolicyWorld()
    const { node, web, friend, stranger } = scene
    await node.nft(policyTableScript('policies'))
    const apply = async (script: string): Promise<void> =>
      void (script === '' || (await node.nft(script)))
    await apply(policies.namespace('a', { team: 'a' }))
    await apply(policies.namespace('b', { team: 'b' }))
    const ips = ({ ip, ip6 }: TestPod): readonly string[] => [ip, ip6]
    const ports = [{ name: 'http', containerPort: 80 }]
    await apply(policies.pod('a/web', { ips: ips(web), labels: { app: 'web' }, ports }))
    await apply(policies.pod('a/friend', { ips: ips(friend), labels: { app: 'friend' }, ports }))
    await apply(policies.pod('b/stranger', { ips: ips(stranger), labels: { app: 'stranger' } }))
    return { policies, apply }
  }

  const fromNode = (address: string): Promise<string> =>
    scene.node.outputOf([process.execPath, PEER, 'ask', 'tcp', '80', address])

  const ofWeb = { podSelector: { matchLabels: { app: 'web' } } }
  const friends = { podSelector: { matchLabels: { app: 'friend' } } }

  test('without policies everybody reaches everybody', { skip }, async () => {
    await world()
    const { web, friend, stranger } = scene
    assert.equal(await friend.ask(web.ip, 80), `web ${friend.ip}`)
    assert.equal(await stranger.ask(web.ip6, 80), `web ${stranger.ip6}`)
  })

  test(
    'default deny: nothing comes in but from the node and the Pod itself',
    { skip },
    async () => {
      const { policies, apply } = await world()
      const { web, friend } = scene
      await apply(policies.policy('a/deny', { podSelector: {}, policyTypes: ['Ingress'] }))
      assert.equal(await friend.ask(web.ip, 80), '')
      assert.equal(await friend.ask(web.ip6, 80), '')
      assert.equal(await friend.ask(web.ip, 53, 'udp'), '')
      assert.equal(await web.ask(web.ip, 80), `web ${web.ip}`)
      assert.match(await fromNode(web.ip), /^web/)
      await apply(policies.policy('a/deny', undefined))
      assert.equal(await friend.ask(web.ip, 80), `web ${friend.ip}`)
    },
  )

  test(
    'ingress by Pods, namespaces, ports and names of ports, in both families',
    { skip },
    async () => {
      const { policies, apply } = await world()
      const { web, friend, stranger } = scene
      await apply(
        policies.policy('a/web', {
          ...ofWeb,
          ingress: [{ from: [friends], ports: [{ port: 'http' }] }],
          policyTypes: ['Ingress'],
        }),
      )
      assert.equal(await friend.ask(web.ip, 80), `web ${friend.ip}`)
      assert.equal(await friend.ask(web.ip6, 80), `web ${friend.ip6}`)
      assert.equal(await friend.ask(web.ip, 81), '')
      assert.equal(await stranger.ask(web.ip, 80), '')

      const teamB = { namespaceSelector: { matchLabels: { team: 'b' } } }
      await apply(
        policies.policy('a/web', {
          ...ofWeb,
          ingress: [{ from: [teamB], ports: [{ port: 80, endPort: 81 }] }],
          policyTypes: ['Ingress'],
        }),
      )
      assert.equal(await stranger.ask(web.ip, 81), `other ${stranger.ip}`)
      assert.equal(await friend.ask(web.ip, 80), '')
      await apply(policies.namespace('b', { team: 'c' }))
      assert.equal(await stranger.ask(web.ip, 81), '')
      await apply(policies.namespace('b', { team: 'b' }))

      await apply(
        policies.policy('a/web', {
          ...ofWeb,
          ingress: [{ ports: [{ port: 53, protocol: 'UDP' }] }],
          policyTypes: ['Ingress'],
        }),
      )
      assert.equal(await stranger.ask(web.ip, 53, 'udp'), `udp ${stranger.ip}`)
      assert.equal(await stranger.ask(web.ip, 80), '')

      await apply(
        policies.policy('a/web', {
          ...ofWeb,
          ingress: [{ ports: [{ port: 3868, endPort: 3870, protocol: 'SCTP' }] }],
          policyTypes: ['Ingress'],
        }),
      )
      const rules = await scene.node.outputOf(['nft', 'list', 'table', 'inet', 'policies'])
      assert.match(rules, /meta l4proto sctp ct reply proto-src 3868-3870 accept/)
      assert.equal(await stranger.ask(web.ip, 53, 'udp'), '')
    },
  )

  test('a Pod that gets or loses a label is let in or kept out', { skip }, async () => {
    const { policies, apply } = await world()
    const { web, friend } = scene
    await apply(
      policies.policy('a/web', {
        ...ofWeb,
        ingress: [{ from: [friends] }],
        policyTypes: ['Ingress'],
      }),
    )
    await apply(policies.pod('a/friend', { ips: [friend.ip], labels: { app: 'foe' } }))
    assert.equal(await friend.ask(web.ip, 80), '')
    await apply(policies.pod('a/friend', { ips: [friend.ip], labels: { app: 'friend' } }))
    assert.equal(await friend.ask(web.ip, 80), `web ${friend.ip}`)
  })

  test(
    'egress: what may be asked is limited at the asker, and both ends have a say',
    { skip },
    async () => {
      const { policies, apply } = await world()
      const { web, friend, stranger } = scene
      await apply(
        policies.policy('b/out', {
          podSelector: {},
          egress: [{ to: [{ ...friends, namespaceSelector: {} }] }],
          policyTypes: ['Egress'],
        }),
      )
      assert.equal(await stranger.ask(web.ip, 80), '')
      assert.equal(await stranger.ask(friend.ip, 80), `friend ${stranger.ip}`)
      await apply(policies.policy('a/deny', { podSelector: {}, policyTypes: ['Ingress'] }))
      assert.equal(await stranger.ask(friend.ip, 80), '')
    },
  )

  test('ranges of addresses, with exceptions', { skip }, async () => {
    const { policies, apply } = await world()
    const { web, friend, outside } = scene
    const from = (cidr: string, except?: string[]) =>
      policies.policy('a/web', {
        ...ofWeb,
        ingress: [{ from: [{ ipBlock: { cidr, ...(except && { except }) } }] }],
        policyTypes: ['Ingress'],
      })
    await apply(from('192.0.2.0/24'))
    assert.equal(await outside.ask(web.ip, 80), 'web 192.0.2.2')
    assert.equal(await friend.ask(web.ip, 80), '')
    await apply(from('0.0.0.0/0', ['192.0.2.0/28', '10.244.0.12/32']))
    assert.equal(await outside.ask(web.ip, 80), '')
    assert.equal(await friend.ask(web.ip, 80), `web ${friend.ip}`)
    assert.equal(await friend.ask(web.ip6, 80), '')
  })

  test('ranges of IPv6, with exceptions, for what goes out', { skip }, async () => {
    const { policies, apply } = await world()
    const { web, friend, stranger } = scene
    const ipBlock = { cidr: 'fd00:244::/64', except: [`${web.ip6}/128`] }
    await apply(
      policies.policy('b/out', {
        podSelector: {},
        egress: [{ to: [{ ipBlock }] }],
        policyTypes: ['Egress'],
      }),
    )
    assert.equal(await stranger.ask(friend.ip6, 80), `friend ${stranger.ip6}`)
    assert.equal(await stranger.ask(web.ip6, 80), '')
    assert.equal(await stranger.ask(friend.ip, 80), '')
  })

  test('Pods in the network of their node are neither meant nor limited', { skip }, async () => {
    const { policies, apply } = await world()
    const { web, outside, node } = scene
    const inNode = { labels: { app: 'friend' }, hostNetwork: true }
    await apply(policies.pod('a/far', { ips: [outside.ip], node: 'n2', ...inNode }))
    await apply(policies.pod('a/here', { ips: [NODE_IP], ...inNode }))
    await apply(
      policies.policy('a/friends', {
        podSelector: {},
        ingress: [{ from: [friends] }],
        egress: [],
        policyTypes: ['Ingress', 'Egress'],
      }),
    )
    assert.equal(await outside.ask(web.ip, 80), '')
    assert.match(await fromNode(web.ip), /^web/)
    const rules = await node.outputOf(['nft', 'list', 'table', 'inet', 'policies'])
    assert.ok(!rules.includes(outside.ip) && !rules.includes(`${NODE_IP} `), rules)
  })

  test('a policy cuts connections that exist', { skip }, async () => {
    const { policies, apply } = await world()
    const { web, friend } = scene
    const hold = (protocol: string, port: number) =>
      start(friend.inside([process.execPath, PEER, 'hold', protocol, `${port}`, web.ip]))
    await using tcp = hold('tcp', 80)
    await using udp = hold('udp', 53)
    const ask = (): void => [tcp, udp].forEach(({ program }) => program.stdin.write('\n'))
    const answers = ({ printed }: Running, word: string): number => printed().split(word).length - 1
    await eventually(() => tcp.printed().includes('connected'))
    ask()
    await eventually(() => answers(tcp, 'web') === 1 && answers(udp, 'udp') === 1)
    await apply(policies.policy('a/deny', { podSelector: {}, policyTypes: ['Ingress'] }))
    ask()
    // A later one that is not let in shows that the time for an answer has passed.
    assert.equal(await friend.ask(web.ip, 80), '')
    assert.deepEqual([answers(tcp, 'web'), answers(udp, 'udp')], [1, 1])
    await apply(policies.policy('a/deny', undefined))
    ask()
    await eventually(() => answers(tcp, 'web') > 1 && answers(udp, 'udp') === 2)
  })

  test('nothing is left once Pods and policies are gone', { skip }, async () => {
    const { policies, apply } = await world()
    await apply(
      policies.policy('a/web', {
        ...ofWeb,
        ingress: [{ from: [friends], ports: [{ port: 'http' }] }],
        policyTypes: ['Ingress'],
      }),
    )
    await apply(policies.pod('a/web', undefined))
    await apply(policies.pod('a/friend', undefined))
    const { outputOf } = scene.node
    const left = await outputOf(['nft', 'list', 'table', 'inet', 'policies'])
    assert.doesNotMatch(left, /policy-|of-|pods-|port-|10\.244/)
  })
})
