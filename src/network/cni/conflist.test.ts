import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cniConfiguration } from './conflist.ts'
import { findCniPlugins } from './plugins.node.ts'

const network = {
  name: 'pods',
  bridge: 'bridge0',
  podCIDRs: ['10.244.1.0/24'],
  stateDir: '/state',
  hostPorts: 'none',
} as const

test('cniConfiguration() makes the bridge the gateway and lets a Pod reach itself', () => {
  assert.deepEqual(cniConfiguration(network), {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'bridge0',
        isGateway: true,
        hairpinMode: true,
        ipMasq: false,
        forceAddress: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: '10.244.1.0/24' }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: '/state',
        },
      },
    ],
  })
})

test('cniConfiguration() gives addresses and routes of both families', () => {
  const { plugins } = cniConfiguration({
    ...network,
    podCIDRs: ['10.244.1.0/24', 'fd00:1::/64'],
    mtu: 1400,
  }) as {
    plugins: { ipam: object; mtu: number }[]
  }
  assert.deepEqual(plugins[0]?.ipam, {
    type: 'host-local',
    ranges: [[{ subnet: '10.244.1.0/24' }], [{ subnet: 'fd00:1::/64' }]],
    routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
    dataDir: '/state',
  })
  assert.equal(plugins[0].mtu, 1400)
})

test('cniConfiguration() serves hostPort by the portmap plugin when asked to', () => {
  const { plugins } = cniConfiguration({ ...network, hostPorts: 'portmap' }) as {
    plugins: object[]
  }
  assert.deepEqual(plugins[1], { type: 'portmap', capabilities: { portMappings: true } })
})

test('cniConfiguration() has bandwidths kept by the bandwidth plugin when asked to', () => {
  const { plugins } = cniConfiguration({ ...network, limitsBandwidth: true }) as {
    plugins: object[]
  }
  assert.deepEqual(plugins[1], { type: 'bandwidth', capabilities: { bandwidth: true } })
})

test('cniConfiguration() refuses a name that no interface can have', () => {
  assert.throws(() => cniConfiguration({ ...network, bridge: 'much-too-long-to-be' }), RangeError)
})

test('findCniPlugins() says what is missing and what to install', async () => {
  await assert.rejects(findCniPlugins(['/nowhere', '/elsewhere']), {
    name: 'CniPluginsMissingError',
    message:
      'Cannot set up Pod network: CNI plugins bridge, host-local, loopback are not in /nowhere, /elsewhere; install the package containernetworking-plugins',
  })
})
