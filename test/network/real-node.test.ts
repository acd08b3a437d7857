import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { networkSuite, serviceOf, waiting } from '../conformance/network/network-suite.node.ts'
import { output } from '../e2e/programs.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'

const skip = await whyNoContainers()
const TIMEOUT_MS = 20 * 60_000

describe('network of a real node, beyond conformance', { skip, timeout: TIMEOUT_MS }, () => {
  const suite = networkSuite({ families: 'both' })

  test('Pods have an address of each family, and so has the node', async () => {
    const { pods, kubectl, cluster } = suite()
    const [pod] = await pods(waiting('two-addresses'))
    assert.match(pod!.ip, /^10\./)
    assert.match(pod!.ip6, /^fd00:244:/)
    const status = 'get pod two-addresses -o jsonpath={.status.podIP},{.status.hostIPs[*].ip}'
    assert.equal(await kubectl(status), `${pod!.ip},${cluster.machine.address} fd00:18::2`)
    const ranges = 'get nodes -o jsonpath={.items[*].spec.podCIDRs}'
    assert.match(await kubectl(ranges), /^\["10\.\d+\.0\.0\/24","fd00:244::\/64"\]$/)
    const hosts = await cluster.sh('two-addresses', 'cat /etc/hosts')
    for (const ip of [pod!.ip, pod!.ip6]) assert.ok(hosts.includes(`\n${ip}\ttwo-addresses`), hosts)
  })

  test('a Service of both families leads to its Pods by addresses of the same family', async () => {
    const { cluster, pods, kubectl } = suite()
    await cluster.apply(serviceOf('dual', { ipFamilyPolicy: 'RequireDualStack' }))
    const [pod, client] = await pods(waiting('dual'), waiting('dual-client'))
    await pod!.serve(8080, 'dual')
    const clusterIPs = await kubectl('get service dual -o jsonpath={.spec.clusterIPs[*]}')
    const [ip = '', ip6 = ''] = clusterIPs.split(' ')
    await eventually(async () => (await client!.ask(ip, 80)) === `dual ${client!.ip}`)
    await eventually(async () => (await client!.ask(ip6, 80)) === `dual ${client!.ip6}`)
    assert.match(await pod!.ask(ip6, 80), /^dual fd00:/) // Itself.
    const found = await cluster.sh(
      'dual-client',
      'nslookup -type=AAAA dual.default.svc.cluster.local',
    )
    assert.ok(found.includes(ip6), found)
    const node = await kubectl('get nodes -o jsonpath={.items[0].metadata.name}')
    const metrics = await kubectl(`get --raw /api/v1/nodes/${node}/proxy/metrics`)
    assert.match(metrics, /^coredns_dns_requests_total\{.*type="AAAA"\} \d+$/m)
    assert.match(metrics, /^kubeproxy_sync_proxy_rules_duration_seconds_count \d+$/m)
    assert.match(metrics, /^rest_client_requests_total\{code="200",method="GET",host=".*"\} \d+$/m)
  })

  test('a NetworkPolicy is in force once it is there, and no longer', async () => {
    const { cluster, node, pods } = suite()
    const [web, other] = await pods(waiting('policy-web'), waiting('policy-other'))
    await web!.serve(8080, 'web')
    assert.match(await other!.ask(web!.ip, 8080), /^web/)
    assert.match(await other!.ask(web!.ip6, 8080), /^web/)
    await cluster.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny' },
      spec: { podSelector: { matchLabels: { name: 'policy-web' } }, policyTypes: ['Ingress'] },
    })
    await eventually(async () => (await other!.ask(web!.ip, 8080)) === '')
    assert.equal(await other!.ask(web!.ip6, 8080), '')
    assert.match(await node.ask(web!.ip, 8080), /^web/)
    await cluster.kubectl('delete networkpolicy deny')
    await eventually(async () => (await other!.ask(web!.ip, 8080)).startsWith('web'))
  })

  test('annotations limit what a Pod sends and receives, as long as it is there', async () => {
    const { cluster, node, kubectl, pods } = suite()
    const limited = (name: string, ingress: string, egress: string): ReturnType<typeof waiting> => {
      const pod = waiting(name)
      const annotations = {
        'kubernetes.io/ingress-bandwidth': ingress,
        'kubernetes.io/egress-bandwidth': egress,
      }
      return { ...pod, metadata: { ...pod.metadata, annotations } }
    }
    const queues = async (): Promise<readonly string[]> =>
      (await output(node.inside(['tc', 'qdisc', 'show'])))
        .split('\n')
        .flatMap((line) => /^qdisc tbf .* dev (?:veth|bwp).* (rate \S+)/.exec(line)?.[1] ?? [])
        .toSorted()
    await pods(limited('limited', '10M', '3M'))
    assert.deepEqual(await queues(), ['rate 10Mbit', 'rate 3Mbit'])
    await kubectl('delete pod limited')
    await eventually(async () => (await queues()).length === 0)

    await cluster.apply(limited('unlimited', '1', '1M'))
    const reason = 'reason=FailedCreatePodSandBox,involvedObject.name=unlimited'
    await eventually(async () =>
      (
        await kubectl(`get events --field-selector=${reason} -o jsonpath={.items[*].message}`)
      ).includes('resource is unreasonably small (< 1kbit)'),
    )
    await kubectl('delete pod unlimited')
  })

  test('a Service of type LoadBalancer is reached at the address of the node', async () => {
    const { cluster, node, outside, pods, kubectl } = suite()
    await cluster.apply(serviceOf('balanced', { type: 'LoadBalancer' }))
    const [pod] = await pods(waiting('balanced'))
    await pod!.serve(8080, 'balanced')
    await eventually(async () => {
      const ip = await kubectl(
        'get service balanced -o jsonpath={.status.loadBalancer.ingress[*].ip}',
      )
      return ip === node.ip
    })
    await eventually(async () => (await outside.ask(node.ip, 80)).startsWith('balanced'))
  })
})
