import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../api/core/v1/node.ts'
import { nodeRoutes, routeCommands } from './node-routes.ts'

const node = (name: string, address: string, podCIDR: string): Node =>
  ({
    metadata: { name },
    spec: { podCIDR, podCIDRs: [podCIDR] },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }) as unknown as Node

const NODES = [
  node('n1', '192.0.2.1', '10.244.0.0/24'),
  node('n2', '192.0.2.2', '10.244.1.0/24'),
  node('n3', '198.51.100.3', '10.244.2.0/24'),
]
const LOCAL = [{ address: '192.0.2.1', prefixBits: 24 }]
const MARKS = { device: 'vx0', protocol: 100 }

test('nodeRoutes() go straight to nodes on the same link, and through a tunnel to others', () => {
  assert.deepEqual(nodeRoutes(NODES, 'n1', LOCAL), [
    { podCIDR: '10.244.1.0/24', nodeAddress: '192.0.2.2', tunnel: false },
    { podCIDR: '10.244.2.0/24', nodeAddress: '198.51.100.3', tunnel: true },
  ])
})

test('routeCommands() name only what changed', () => {
  const routes = nodeRoutes(NODES, 'n1', LOCAL)
  assert.deepEqual(routeCommands(routes, routes, MARKS), { ip: [], bridge: [] })
  assert.deepEqual(routeCommands([], routes.slice(0, 1), MARKS).ip, [
    'route replace 10.244.1.0/24 via 192.0.2.2 proto 100',
  ])
  assert.deepEqual(routeCommands(routes, routes.slice(0, 1), MARKS), {
    ip: ['route del 10.244.2.0/24 proto 100', 'neigh del 10.244.2.0 dev vx0'],
    bridge: ['fdb del 02:42:c6:33:64:03 dev vx0 dst 198.51.100.3'],
  })
})
