import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../../src/api/core/v1/node.ts'
import { nodeRoutes, routeCommands, tunnelCommands } from '../../src/network/node-routes.ts'
import { randomInt } from '../../src/base/random.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import { output } from '../e2e/programs.node.ts'
import { namespace, peer, whyNoNetworks, type TestPod } from './pod-network.node.ts'

const skip = await whyNoNetworks()

const MARKS = { device: 'vx0', protocol: 100 }
// The first two share a link; a router is between them and the third.
const ADDRESSES = ['198.51.100.11', '198.51.100.12', '203.0.113.13']
const ADDRESSES_6 = ['fd00:51::11', 'fd00:51::12', 'fd00:13::13']

const NODES = ADDRESSES.map(
  (address, i) =>
    ({
      metadata: { name: `n${i}` },
      spec: { podCIDRs: [`10.244.${i}.0/24`, `fd00:244:0:a${i}::/64`] },
      status: {
        addresses: [address, ADDRESSES_6[i]!].map((each) => ({
          type: 'InternalIP',
          address: each,
        })),
      },
    }) as unknown as Node,
)

test(
  'Pods of three nodes reach each other in both families: directly on one link, else through VXLAN',
  { skip },
  async () => {
    await using stack = new AsyncDisposableStack()
    const id = `trirt${randomInt(systemRandom, 1 << 20)}`
    const machine = async (name: string): Promise<TestPod['inside']> => {
      const inside = await namespace(name, stack)
      // Until a link's own address is known to be nobody else's, it asks for no neighbour on behalf of Pods.
      const settings = [
        'echo 1 > ipv4/ip_forward',
        'echo 1 > ipv6/conf/all/forwarding',
        'echo 0 > ipv6/conf/default/accept_dad',
      ]
      await output(inside(['sh', '-c', `cd /proc/sys/net; ${settings.join('; ')}`]))
      return inside
    }
    const batch = (inside: TestPod['inside'], lines: readonly string[], program = 'ip') =>
      output(inside([program, '-batch', '-']), { input: `${lines.join('\n')}\n` })

    const router = await machine(`${id}r`)
    await batch(router, [
      'link add br0 type bridge',
      'link set br0 up',
      'address add 198.51.100.1/24 dev br0',
    ])
    const pods: TestPod[] = []
    for (const [i, address] of ADDRESSES.entries()) {
      const node = await machine(`${id}n${i}`)
      const pod = await machine(`${id}p${i}`)
      const gateway = i < 2 ? '198.51.100.1' : '203.0.113.1'
      await batch(router, [
        `link add up${i} type veth peer name eth0 netns ${id}n${i}`,
        `link set up${i} up`,
        i < 2 ? `link set up${i} master br0` : `address add ${gateway}/24 dev up${i}`,
      ])
      await batch(node, [
        `address add ${address}/24 dev eth0`,
        `address add ${ADDRESSES_6[i]}/64 dev eth0 nodad`,
        'link set eth0 up',
        `route add default via ${gateway}`,
        `link add pod0 type veth peer name eth0 netns ${id}p${i}`,
        `address add 10.244.${i}.1/24 dev pod0`,
        `address add fd00:244:0:a${i}::1/64 dev pod0 nodad`,
        'link set pod0 up',
      ])
      await batch(pod, [
        `address add 10.244.${i}.2/24 dev eth0`,
        `address add fd00:244:0:a${i}::2/64 dev eth0 nodad`,
        'link set eth0 up',
        `route add default via 10.244.${i}.1`,
        `route add ::/0 via fd00:244:0:a${i}::1`,
      ])
      const local = [
        { address, prefixBits: 24 },
        { address: ADDRESSES_6[i]!, prefixBits: 64 },
      ]
      const routes = nodeRoutes(NODES, { name: `n${i}`, address, local })
      const { ip, bridge } = routeCommands([], routes, MARKS)
      await batch(node, tunnelCommands(address, MARKS.device))
      await batch(node, bridge, 'bridge')
      await batch(node, ip)
      pods.push(peer({ ip: `10.244.${i}.2`, ip6: `fd00:244:0:a${i}::2` }, pod, stack))
    }
    await Promise.all(pods.map((pod, i) => pod.serve(80, `pod-${i}`)))
    for (const from of pods) {
      for (const [i, to] of pods.entries()) {
        assert.equal(await from.ask(to.ip, 80), `pod-${i} ${from.ip}`)
        assert.equal(await from.ask(to.ip6, 80), `pod-${i} ${from.ip6}`)
      }
    }
  },
)
