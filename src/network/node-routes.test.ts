import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../api/core/v1/node.ts'
import { nodeRoutes, routeCommands } from './node-routes.ts'

const node = (name: string, address: string, ...podCIDRs: readonly string[]): Node =>
  ({
    metadata: { name },
    spec: { podCIDR: podCIDRs[0], podCIDRs },
    status: {
      addresses: address.split(' ').map((each) => ({ type: 'InternalIP', address: each })),
    },
  }) as unknown as Node

const NODES = [
  node('n1', '192.0.2.1', '10.244.0.0/24'),
  node('n2', '192.0.2.2', '10.244.1.0/24'),
  node('n3', '198.51.100.3', '10.244.2.0/24'),
]
const HERE = { name: 'n1', address: '192.0.2.1', local: [{ address: '192.0.2.1', prefixBits: 24 }] }
const MARKS = { device: 'vx0', protocol: 100 }

test('nodeRoutes() go straight to nodes on the same link, and through a tunnel to others', () => {
  assert.deepEqual(nodeRoutes(NODES, HERE), [
    { podCIDR: '10.244.1.0/24', nodeAddress: '192.0.2.2', tunnel: false },
    { podCIDR: '10.244.2.0/24', nodeAddress: '198.51.100.3', tunnel: true },
  ])
})

test('nodeRoutes() send both families the way that the node has for each, tunnels by one address', () => {
  const local = [...HERE.local, { address: '2001:db8::1', prefixBits: 64 }]
  const nodes = [
    node('n2', '192.0.2.2 2001:db8::2', '10.244.1.0/24', 'fd00:0:0:1::/64'),
    node('n3', '198.51.100.3 2001:db8:1::3', '10.244.2.0/24', 'fd00:0:0:2::/64'),
    node('n4', '192.0.2.4', '10.244.3.0/24', 'fd00:0:0:3::/64'),
  ]
  const routes = nodeRoutes(nodes, { ...HERE, local })
  assert.deepEqual(
    routes.map(({ podCIDR, nodeAddress, tunnel }) => `${podCIDR} ${nodeAddress} ${tunnel}`),
    [
      '10.244.1.0/24 192.0.2.2 false',
      'fd00:0:0:1::/64 2001:db8::2 false',
      '10.244.2.0/24 198.51.100.3 true',
      'fd00:0:0:2::/64 198.51.100.3 true',
      '10.244.3.0/24 192.0.2.4 false',
      'fd00:0:0:3::/64 192.0.2.4 true',
    ],
  )
  assert.deepEqual(routeCommands([], routes, MARKS).bridge, [
    'fdb append 02:42:c6:33:64:03 dev vx0 dst 198.51.100.3',
    'fdb append 02:42:c0:00:02:04 dev vx0 dst 192.0.2.4',
  ])
})

test('routeCommands() name only what changed', () => {
  const routes = nodeRoutes(NODES, HERE)
  assert.deepEqual(routeCommands(routes, routes, MARKS), { ip: [], bridge: [] })
  assert.deepEqual(routeCommands([], routes.slice(0, 1), MARKS).ip, [
    'route replace 10.244.1.0/24 via 192.0.2.2 proto 100',
  ])
  assert.deepEqual(routeCommands(routes, routes.slice(0, 1), MARKS), {
    ip: ['route del 10.244.2.0/24 proto 100', 'neigh del 10.244.2.0 dev vx0'],
    bridge: ['fdb del 02:42:c6:33:64:03 dev vx0 dst 198.51.100.3'],
  })
})
