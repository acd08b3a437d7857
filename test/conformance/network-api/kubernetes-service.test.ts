import assert from 'node:assert/strict'
import { EndpointSlice } from '../../../src/api/discovery/v1/endpoint-slice.ts'
import { Endpoints } from '../../../src/api/core/v1/endpoints.ts'
import { Service } from '../../../src/api/core/v1/service.ts'
import { IPAddress } from '../../../src/api/networking/v1/ip-address.ts'
import { startTestServer } from '../../../src/apiserver/testing.node.ts'
import type { Client } from '../../../src/client/client.ts'
import { createClient } from '../../../src/client/create-client.ts'
import { conformance } from '../conformance.ts'

const KEY = { namespace: 'default', name: 'kubernetes' }

async function withServer(show: (client: Client) => Promise<void>): Promise<void> {
  await using api = await startTestServer()
  await api.server.advertise('10.1.2.3', 6443)
  await show(createClient(api.transport))
}

conformance(
  '[sig-network] Services should find a service from listing all namespaces [Conformance]',
  () =>
    withServer(async (client) => {
      const { items } = await client.list(Service)
      const names = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
      assert.ok(names.includes('default/kubernetes'))
    }),
)

conformance('[sig-network] API Server should provide secure master service [Conformance]', () =>
  withServer(async (client) => {
    const { spec } = await client.get(Service, KEY)
    assert.deepEqual(
      spec.ports?.map(({ port }) => port),
      [443],
    )
    const { parentRef } = (await client.get(IPAddress, { name: spec.clusterIP! })).spec
    assert.equal(`${parentRef.namespace}/${parentRef.name}`, 'default/kubernetes')
  }),
)

conformance(
  '[sig-network] API Server should have Endpoints and EndpointSlices pointing to API Server [Conformance]',
  () =>
    withServer(async (client) => {
      const { subsets = [] } = await client.get(Endpoints, KEY)
      const slice = await client.get(EndpointSlice, KEY)
      const addresses = slice.endpoints?.flatMap((each) => each.addresses)
      assert.deepEqual(addresses, ['10.1.2.3'])
      assert.deepEqual(
        subsets.flatMap((each) => each.addresses?.map(({ ip }) => ip)),
        addresses,
      )
    }),
)
