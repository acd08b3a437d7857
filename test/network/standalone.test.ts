import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { output, run, start, type Running } from '../e2e/programs.node.ts'
import { ROOT, testCluster, type TestCluster } from '../e2e/test-cluster.node.ts'
import { whyNoNetworks } from './pod-network.node.ts'

const skip = await whyNoNetworks()
const TIMEOUT_MS = 2 * 60_000

/** Gets a path over plain HTTP: the status, and what is said. */
const GET = `fetch(process.argv[1]).then(async (answer) =>
  console.log(answer.status, await answer.text()), (error) => console.log(error.cause?.code))`

describe('proxy and DNS as programs of their own', { skip, timeout: TIMEOUT_MS }, () => {
  const stack = new AsyncDisposableStack()
  let cluster: TestCluster
  before(async () => {
    cluster = stack.use(await testCluster())
    await cluster.trierarch('up', '--listen=127.0.0.1:0', '--node=none', '--detach')
  })
  after(() => stack.disposeAsync())

  const component = (...args: readonly string[]): Running => {
    const trierarch = join(ROOT, 'bin', 'trierarch')
    const kubeconfig = `--kubeconfig=${cluster.env['KUBECONFIG']}`
    return stack.use(start(cluster.machine.inside([trierarch, ...args, kubeconfig])))
  }
  const inside = (...command: readonly string[]): Promise<string> =>
    output(cluster.machine.inside(command))
  const get = (at: string): Promise<string> =>
    inside(process.execPath, '-e', GET, `http://127.0.0.1:${at}`)
  const saying = (at: string, text: RegExp): Promise<string> =>
    eventually(async () => {
      const said = await get(at)
      return text.test(said) && said
    })

  test('the proxy serves its health and metrics where kube-proxy does', async () => {
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'alone' },
    })
    const status = { addresses: [{ type: 'InternalIP', address: '192.0.2.7' }] }
    const patch = ['patch', 'node', 'alone', '--subresource=status', '-p']
    await cluster.kubectl([...patch, JSON.stringify({ status })])
    component('proxy', '--hostname-override=alone', '--nodeport-addresses=primary')
    await saying('10256/healthz', /^200 \{"lastUpdated":.*"currentTime":.*"nodeEligible":true\}$/)
    assert.match(await get('10256/livez'), /^200 \{"lastUpdated":/)
    await saying('10249/metrics', /^kubeproxy_sync_proxy_rules_duration_seconds_count [1-9]/m)
    assert.match(await get('10249/metrics'), /^process_cpu_seconds_total /m)
    assert.equal(await get('10249/proxyMode'), '200 nftables')
    assert.equal(await get('10249/healthz'), '200 ok')
    const rules = await inside('nft', 'list', 'table', 'ip', 'trierarch-proxy')
    assert.match(rules, /fib daddr type local ip daddr != 127\.0\.0\.0\/8 ip daddr 192\.0\.2\.7 /)
    // A node that is about to go is to get no more traffic, and is not to be restarted either.
    await cluster.kubectl('taint node alone ToBeDeletedByClusterAutoscaler=1:NoSchedule')
    await saying('10256/healthz', /^503 .*"nodeEligible":false\}$/)
    assert.match(await get('10256/livez'), /^200 /)
  })

  test('the DNS serves its health and metrics where CoreDNS does', async () => {
    component('dns', '--listen=127.0.0.1:53')
    await saying('9153/ready', /^200 OK$/)
    assert.equal(await get('9153/health'), '200 OK')
    const name = 'kubernetes.default.svc.cluster.local'
    const found = await inside('busybox', 'nslookup', '-type=A', name, '127.0.0.1')
    assert.match(found, /^Address: 10\.96\.0\.1$/m)
    assert.match(await get('9153/metrics'), /^coredns_dns_requests_total\{/m)
  })

  test('ranges of node ports that are none are refused', async () => {
    const flags = ['--kubeconfig=/nowhere', '--nodeport-addresses=here']
    const { code, stderr } = await run([join(ROOT, 'bin', 'trierarch'), 'proxy', ...flags])
    assert.deepEqual([code, stderr], [2, '--nodeport-addresses: here is no range of addresses.\n'])
  })
})
