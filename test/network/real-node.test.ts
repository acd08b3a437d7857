import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { networkSuite, serviceOf, waiting } from '../conformance/network/network-suite.node.ts'
import { whyNoContainers } from '../containerd/test-node.node.ts'

const skip = await whyNoContainers()
const TIMEOUT_MS = 3 * 60_000

describe('network of a real node, beyond conformance', { skip, timeout: TIMEOUT_MS }, () => {
  const suite = networkSuite()

  test('a NetworkPolicy is in force once it is there, and no longer', async () => {
    const { cluster, node, pods } = suite()
    const [web, other] = await pods(waiting('policy-web'), waiting('policy-other'))
    await web!.serve(8080, 'web')
    assert.match(await other!.ask(web!.ip, 8080), /^web/)
    await cluster.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny' },
      spec: { podSelector: { matchLabels: { name: 'policy-web' } }, policyTypes: ['Ingress'] },
    })
    await eventually(async () => (await other!.ask(web!.ip, 8080)) === '')
    assert.match(await node.ask(web!.ip, 8080), /^web/)
    await cluster.kubectl('delete networkpolicy deny')
    await eventually(async () => (await other!.ask(web!.ip, 8080)).startsWith('web'))
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
