import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { networkSuite, serviceOf, waiting } from '../conformance/network/network-suite.node.ts'
import { JOINS_IPV6 } from '../e2e/machine.node.ts'
import { newcomer, untilPrinted } from '../e2e/newcomer.node.ts'
import { output } from '../e2e/programs.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'

const skip = await whyNoContainers()
const TIMEOUT_MS = 20 * 60_000
const API = 'fd00:96::1' // The cluster IP of the Service `kubernetes`.

describe('a cluster of IPv6 alone', { skip, timeout: TIMEOUT_MS }, () => {
  const suite = networkSuite({ families: 'IPv6' })

  test('node, Services and Pods have addresses of IPv6, and nobody has others', async () => {
    const { cluster, kubectl, pods } = suite()
    const [pod] = await pods(waiting('six'))
    const { address } = cluster.machine
    assert.match(pod!.ip, /^fd00:245:/)
    const ips = 'jsonpath={.status.podIPs[*].ip},{.status.hostIPs[*].ip}'
    assert.equal(await kubectl(`get pod six -o ${ips}`), `${pod!.ip},${address}`)
    const internal = 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}'
    assert.equal(await kubectl(`get nodes -o ${internal}`), address)
    const families = 'jsonpath={.items[*].spec.ipFamilies[*]}'
    assert.equal(await kubectl(`get services -A -o ${families}`), 'IPv6 IPv6')
    const types = 'jsonpath={.items[*].addressType}'
    assert.equal(await kubectl(`get endpointslices -A -o ${types}`), 'IPv6 IPv6')
  })

  test('the API server is believed at its address of Services, and the node at its own', async () => {
    const { kubectl } = suite()
    assert.equal(await kubectl(`--server=https://[${API}] get --raw /readyz`), 'ok')
    const node = await kubectl('get nodes -o jsonpath={.items[0].metadata.name}')
    assert.equal(await kubectl(`get --raw /api/v1/nodes/${node}/proxy/healthz`), 'ok')
  })

  test('Services are found by name, and lead to Pods from Pods, from the node and from outside', async () => {
    const { cluster, node, outside, pods } = suite()
    const web = waiting('web', 'web', {
      container: { ports: [{ containerPort: 8080, hostPort: 8888 }] },
    })
    await cluster.apply(serviceOf('web', { type: 'LoadBalancer' }))
    const [pod, client] = await pods(web, waiting('client'))
    await pod!.serve(8080, 'web')
    const at = 'jsonpath={.spec.clusterIP} {.spec.ports[0].nodePort}'
    const [ip = '', nodePort = ''] = (
      await cluster.kubectl(['get', 'service', 'web', '-o', at])
    ).split(' ')
    const lookUp = (line: string) => cluster.sh('client', `nslookup ${line} || true`)
    await eventually(async () =>
      (await lookUp('-type=AAAA web.default.svc.cluster.local')).includes(`Address: ${ip}`),
    )
    assert.match(await lookUp(ip), /name = web\.default\.svc\.cluster\.local$/m)
    await eventually(async () => (await client!.ask(ip, 80)) === `web ${client!.ip}`)
    assert.match(await pod!.ask(ip, 80), /^web fd00:/) // Itself.
    assert.match(await node.ask(ip, 80), /^web fd00:/)
    for (const port of [80, Number(nodePort), 8888])
      assert.match(await outside.ask(node.ip, port), /^web fd00:/)
  })

  test('a machine of IPv6 joins, and its Pods reach the others through a tunnel', async (t) => {
    if (!JOINS_IPV6) return t.skip('needs force_forwarding (Linux 6.17), with which tests route')
    const { cluster, image, kubectl, pods } = suite()
    await using stack = new AsyncDisposableStack()
    const other = await newcomer(stack, { isIPv6: true })
    const [, , ...command] = (await cluster.trierarch('token', 'create')).split(' ')
    assert.match(command[0]!, /^\[fd00:e2e:.*\]:\d+$/)
    const node = stack.use(other.join(...command, '--node-name=newcomer'))
    await untilPrinted(node, 'This machine is the node newcomer')
    await kubectl('wait --for=condition=Ready node/newcomer --timeout=180s')
    const { stderr, code } = await other.trierarch('image', 'load', image)
    assert.equal(code, 0, stderr)
    const spec = { nodeName: 'newcomer' }
    const [near, far] = await pods(waiting('near-by'), waiting('far-off', 'far-off', { spec }))
    await far!.serve(8080, 'far')
    await eventually(async () => (await near!.ask(far!.ip, 8080)) === `far ${near!.ip}`)
    const routes = await output(cluster.machine.inside(['ip', '-6', 'route']))
    assert.match(routes, /^fd00:245:\S+\/64 via \S+ dev trx/m)
    // The API server believes the certificate that the node has been given.
    assert.equal(await cluster.sh('far-off', 'echo reached'), 'reached')
    assert.match(
      await cluster.sh('far-off', 'nslookup kubernetes.default.svc.cluster.local'),
      RegExp(API),
    )
    await kubectl('delete pod far-off --grace-period=1')
    assert.equal((await other.trierarch('down')).code, 0)
    await kubectl('delete node newcomer')
  })

  test('a NetworkPolicy keeps to ranges of IPv6', async () => {
    const { cluster, kubectl, pods } = suite()
    const [server, near, far] = await pods(waiting('server'), waiting('near'), waiting('far'))
    await server!.serve(8080, 'server')
    const block = { cidr: 'fd00:245::/32', except: [`${far!.ip}/128`] }
    await cluster.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'ranges' },
      spec: {
        podSelector: { matchLabels: { name: 'server' } },
        ingress: [{ from: [{ ipBlock: block }] }],
      },
    })
    await eventually(async () => (await far!.ask(server!.ip, 8080)) === '')
    assert.match(await near!.ask(server!.ip, 8080), /^server/)
    await kubectl('delete networkpolicy ranges')
  })
})
