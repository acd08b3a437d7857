import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Endpoints } from '../../api/core/v1/endpoints.ts'
import { Service } from '../../api/core/v1/service.ts'
import { EndpointSlice } from '../../api/discovery/v1/endpoint-slice.ts'
import { testCluster } from '../../controller-runtime/testing.ts'
import { endpointSliceMirroringController } from './endpointslice-mirroring-controller.ts'

const db = { namespace: 'default', name: 'db' }
const setUp = () => testCluster([endpointSliceMirroringController])

test('Endpoints of a Service without a selector are mirrored, and follow changes', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  await client.create(Service, {
    metadata: db,
    spec: { clusterIP: '10.96.0.20', ports: [{ port: 5432 }] },
  })
  const endpoints = await client.create(Endpoints, {
    metadata: db,
    subsets: [
      {
        addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
        notReadyAddresses: [{ ip: '192.0.2.2' }],
        ports: [{ port: 5432 }],
      },
    ],
  })
  await cluster.settle()
  const slices = async () => {
    const { items } = await client.list(EndpointSlice, { namespace: 'default' })
    return items.filter(({ metadata }) => metadata.name.startsWith('db-'))
  }
  const told = (await slices()).map(({ addressType, endpoints: all, ports }) => [
    addressType,
    all.map(({ addresses, conditions }) => [addresses[0], conditions.ready]),
    ports[0]?.port,
  ])
  assert.deepEqual(
    new Set(told.map((each) => JSON.stringify(each))),
    new Set([
      '["IPv4",[["192.0.2.1",true],["192.0.2.2",false]],5432]',
      '["IPv6",[["2001:db8::1",true]],5432]',
    ]),
  )
  await client.update(Endpoints, { ...endpoints, subsets: [] })
  await cluster.settle()
  assert.deepEqual(await slices(), [])
})

test('Endpoints that ask for it, or belong to a Service with a selector, are not mirrored', async () => {
  await using cluster = await setUp()
  const { client } = cluster
  const subsets = [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }]
  await client.create(Service, {
    metadata: db,
    spec: { selector: { app: 'db' }, ports: [{ port: 80 }] },
  })
  await client.create(Endpoints, { metadata: db, subsets })
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  const other = { namespace: 'default', name: 'other' }
  await client.create(Service, { metadata: other, spec: { ports: [{ port: 80 }] } })
  await client.create(Endpoints, { metadata: { ...other, labels }, subsets })
  await cluster.settle()
  const { items } = await client.list(EndpointSlice, { namespace: 'default' })
  assert.deepEqual(
    items.filter(({ metadata }) => /^(?:db|other)-/.test(metadata.name)),
    [],
  )
})
