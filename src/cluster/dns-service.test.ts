import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import { Node } from '../api/core/v1/node.ts'
import { Service } from '../api/core/v1/service.ts'
import { systemRandom } from '../base/random.node.ts'
import { silentLogger } from '../base/logger.ts'
import { createInformers } from '../client/shared-informers.ts'
import { Cluster } from './cluster.node.ts'
import { DNS_ENDPOINT_ANNOTATION, publishDnsService } from './dns-service.ts'

const NAMESPACE = 'kube-system'
const KUBE_DNS = { namespace: NAMESPACE, name: 'kube-dns' }

/** A cluster in which nodes may come up that serve DNS, with what publishes that. */
async function scene(stack: AsyncDisposableStack) {
  const cluster = stack.use(await Cluster.start({ nodes: 0, clock: 'virtual' }))
  const { client, clock } = cluster
  const options = { client, clock, random: systemRandom, logger: silentLogger }
  const informers = stack.use(createInformers(options))
  stack.use(publishDnsService({ ...options, informers, clusterIP: '10.96.0.10' }))
  informers.start()
  const addNode = (name: string, endpoint: string): Promise<Node> =>
    client.create(Node, {
      metadata: { name, annotations: { [DNS_ENDPOINT_ANNOTATION]: endpoint } },
    })
  const slices = async (): Promise<readonly string[]> =>
    (await client.list(EndpointSlice, { namespace: NAMESPACE })).items.map(
      ({ metadata, endpoints, ports }) =>
        `${metadata.name} ${endpoints[0]?.addresses[0]} ${ports?.[0]?.port}`,
    )
  return { cluster, client, addNode, slices }
}

test('publishDnsService() makes the Service for the first node that serves DNS', async () => {
  await using stack = new AsyncDisposableStack()
  const { cluster, client, addNode, slices } = await scene(stack)
  await cluster.clock.advance('10s')
  await assert.rejects(client.get(Service, KUBE_DNS), /not found/)
  await addNode('a', '192.0.2.1:10053')
  await addNode('b', '[2001:db8::2]:10054')
  await cluster.eventually(async () => (await slices()).length === 2)
  assert.deepEqual(await slices(), ['kube-dns-a 192.0.2.1 10053', 'kube-dns-b 2001:db8::2 10054'])
  const { spec } = await client.get(Service, KUBE_DNS)
  assert.deepEqual([spec.clusterIP, spec.internalTrafficPolicy], ['10.96.0.10', 'Local'])
})

test('publishDnsService() leaves a DNS of the user alone', async () => {
  await using stack = new AsyncDisposableStack()
  const { cluster, client, addNode, slices } = await scene(stack)
  await client.create(Service, {
    metadata: KUBE_DNS,
    spec: { clusterIP: '10.96.0.10', selector: { app: 'dns' }, ports: [{ port: 53 }] },
  })
  await addNode('a', '192.0.2.1:10053')
  await cluster.clock.advance('10s')
  assert.deepEqual(
    (await slices()).filter((each) => each.startsWith('kube-dns-a')),
    [],
  )
})
