import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFlags, checkSimulated } from './check-flags.node.ts'
import { dataDirectory } from '../data-directory.node.ts'
import { resolveFlags, resolveNodeFlags } from './flags.node.ts'

const directory = dataDirectory('/nowhere')
const check = (given: Readonly<Record<string, string>>): Promise<void> =>
  checkFlags(resolveFlags(given, directory), directory)

test('checkFlags() takes the defaults, and refuses each value that cannot be used as wrong use', async () => {
  await check({})
  await check({ controllers: '*,-ttl-controller' })
  await check({ serviceClusterIpRange: '10.0.0.0/16,fd00::/112', eventTtl: '30m' })
  await check({ clusterCidr: '10.0.0.0/16,fd00::/56' })
  const ipv6 = { clusterCidr: 'fd00:244::/56', serviceClusterIpRange: 'fd00:96::/112' }
  await check(ipv6)
  await check({ ...ipv6, listen: '[2001:db8::1]:6443' })
  await assert.rejects(check({ ...ipv6, listen: '192.0.2.1:6443' }), { message: /is of IPv4/ })
  await assert.rejects(check({ clusterCidr: 'fd00::/48' }), { message: /begin both with the same/ })
  await check({ nodeportAddresses: 'primary' })
  await check({ nodeportAddresses: '10.0.0.0/8,fd00::/8' })
  await check({ podNetwork: 'none', cniConfDir: '/etc/cni/net.d', cniBinDir: '/opt/cni/bin' })
  await assert.rejects(check({ clusterCidr: '10.0.0.0/25' }), {
    message: '--cluster-cidr: Cannot use cluster CIDR 10.0.0.0/25: it holds no range of /24.',
  })
  const refused: Readonly<Record<string, string>> = {
    datastore: 'foo',
    etcdServers: 'foo',
    history: 'abc',
    serviceClusterIpRange: '10.0.0.0/16,10.1.0.0/16',
    clusterCidr: 'fd00::/48',
    cniConfDir: '/etc/cni/net.d',
    nodeportAddresses: 'primary,10.0.0.0/8',
    featureGates: 'Nope=true',
    runtimeConfig: 'foo/v1=true',
    controllers: '*,-foo',
    maxRequestsInflight: '-1',
    enablePriorityAndFairness: 'perhaps',
    requestTimeout: '0s',
    minRequestTimeout: '0',
    shutdownDelayDuration: '1h',
    eventTtl: '1ms',
  }
  for (const [flag, value] of Object.entries(refused)) {
    await assert.rejects(check({ [flag]: value }), { name: 'UserError', exitCode: 2 }, flag)
  }
})

test('checkSimulated() refuses addresses that simulated nodes cannot have', () => {
  checkSimulated({ clusterCidr: '10.0.0.0/16,fd00::/56' })
  assert.throws(() => checkSimulated({ clusterCidr: 'fd00::/56' }), { exitCode: 2 })
})

test('resolveNodeFlags() takes what is given over what is remembered over the defaults', () => {
  const defaults = { podNetwork: 'builtin', proxyMode: 'nftables' }
  assert.deepEqual(resolveNodeFlags({}), defaults)
  const remembered = { podNetwork: 'none', containerRuntimeEndpoint: '/run/cri.sock' } as const
  assert.deepEqual(resolveNodeFlags({}, remembered), { ...defaults, ...remembered })
  assert.deepEqual(resolveNodeFlags({ proxyMode: 'none' }, remembered), {
    ...remembered,
    proxyMode: 'none',
  })
})
