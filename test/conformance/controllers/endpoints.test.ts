import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Endpoints } from '../../../src/api/core/v1/endpoints.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { Service } from '../../../src/api/core/v1/service.ts'
import { EndpointSlice } from '../../../src/api/discovery/v1/endpoint-slice.ts'
import { isNotFound } from '../../../src/apimachinery/status-predicates.ts'
import { apps, isReady, template } from '../apps/apps.ts'
import { conformance } from '../conformance.ts'

const MIRRORED = 'endpointslicemirroring-controller.k8s.io'

describe('Endpoints and EndpointSlices', () => {
  const app = apps()
  const eventually = (probe: () => Promise<void>) => app.cluster.eventually(probe)
  const endpointsOf = (namespace: string, name: string) =>
    app.client.get(Endpoints, { namespace, name })
  const slicesOf = async (namespace: string, name: string) => {
    const labelSelector = `kubernetes.io/service-name=${name}`
    return (await app.client.list(EndpointSlice, { namespace, labelSelector })).items
  }
  const createService = (namespace: string, name: string, spec: object) =>
    app.client.create(Service, {
      metadata: { namespace, name },
      spec: { ports: [{ name: 'example', port: 80, protocol: 'TCP' }], ...spec },
    })
  const createPod = (namespace: string, name: string, labels: Readonly<Record<string, string>>) => {
    const ports = [
      { name: 'example-name', containerPort: 3000 },
      { name: 'other-port', containerPort: 3001 },
    ]
    const { spec } = template(name)
    const containers = spec.containers.map((each) => ({ ...each, ports }))
    return app.client.create(Pod, {
      metadata: { namespace, name, labels },
      spec: { ...spec, containers },
    })
  }
  const removed = (namespace: string, name: string) =>
    eventually(async () => {
      assert.deepEqual(await slicesOf(namespace, name), [])
      await assert.rejects(endpointsOf(namespace, name), isNotFound)
    })

  /** A Service that selects no Pods has endpoints that name none, and that go with it. */
  const showEmpty = async (namespace: string): Promise<void> => {
    await createService(namespace, 'example', { selector: { 'does-not-match': 'anything' } })
    await eventually(async () => {
      assert.equal((await endpointsOf(namespace, 'example')).subsets, undefined)
      const slices = await slicesOf(namespace, 'example')
      assert.deepEqual(
        slices.map(({ endpoints, ports }) => [endpoints, ports]),
        [[[], []]],
      )
    })
    await app.client.delete(Service, { namespace, name: 'example' })
    await removed(namespace, 'example')
  }

  /** Services find their Pods by labels, and ports of Pods by their names. */
  const showMatching = async (namespace: string): Promise<void> => {
    await createPod(namespace, 'pod1', { foo: 'bar', shared: 'label' })
    await createPod(namespace, 'pod2', { bar: 'foo', shared: 'label' })
    const named = { name: 'example', port: 80, targetPort: 'example-name', protocol: 'TCP' }
    await createService(namespace, 'one', { selector: { foo: 'bar' }, ports: [named] })
    const both = [
      { name: 'portname1', port: 80, targetPort: 3000, protocol: 'TCP' },
      { name: 'portname2', port: 81, targetPort: 'other-port', protocol: 'TCP' },
    ]
    await createService(namespace, 'two', { selector: { shared: 'label' }, ports: both })
    await eventually(async () => {
      const pods = await app.pods(namespace)
      assert.ok(pods.every(isReady))
      const ips = pods.map(({ status }) => status.podIP)
      await shows(namespace, 'one', ips.slice(0, 1), { example: 3000 })
      await shows(namespace, 'two', ips, { portname1: 3000, portname2: 3001 })
    })
    for (const name of ['one', 'two']) {
      await app.client.delete(Service, { namespace, name })
      await removed(namespace, name)
    }
  }

  /** Whether both kinds tell of these addresses and ports, and of the Pods behind them. */
  async function shows(
    namespace: string,
    name: string,
    ips: readonly (string | undefined)[],
    ports: Readonly<Record<string, number>>,
  ): Promise<void> {
    const [subset] = (await endpointsOf(namespace, name)).subsets ?? []
    assert.deepEqual(new Set(subset?.addresses?.map(({ ip }) => ip)), new Set(ips))
    const entries = (list: readonly { readonly name?: string; readonly port?: number }[] = []) =>
      Object.fromEntries(list.map((each) => [each.name, each.port]))
    assert.deepEqual(entries(subset?.ports), ports)
    const [slice, ...others] = await slicesOf(namespace, name)
    assert.deepEqual(others, [])
    assert.deepEqual(entries(slice?.ports), ports)
    const found = (slice?.endpoints ?? []).map(({ addresses, conditions, targetRef }) => {
      assert.equal(conditions?.ready, true)
      assert.equal(targetRef?.kind, 'Pod')
      return addresses[0]
    })
    assert.deepEqual(new Set(found), new Set(ips))
    assert.equal(slice?.metadata.ownerReferences?.[0]?.kind, 'Service')
  }

  conformance(
    '[sig-network] EndpointsController should create and delete Endpoints for a Service with a selector that matches no pods [Conformance]',
    async () => showEmpty(await app.namespace('endpoints-empty')),
  )

  conformance(
    '[sig-network] EndpointSlice should create and delete EndpointSlices for a Service with a selector that matches no pods [Conformance]',
    async () => showEmpty(await app.namespace('slices-empty')),
  )

  conformance(
    '[sig-network] EndpointsController should create Endpoints for Pods matching a Service [Conformance]',
    async () => showMatching(await app.namespace('endpoints-matching')),
  )

  conformance(
    '[sig-network] EndpointSlice should create Endpoints and EndpointSlices for Pods matching a Service [Conformance]',
    async () => showMatching(await app.namespace('slices-matching')),
  )

  conformance(
    '[sig-network] EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete [Conformance]',
    async () => {
      const namespace = await app.namespace('mirroring')
      const name = 'example-custom-endpoints'
      await createService(namespace, name, {})
      const subset = (ip: string) => ({
        addresses: [{ ip }],
        ports: [{ name: 'example', port: 80, protocol: 'TCP' as const }],
      })
      const mirrors = async (ip: string): Promise<void> => {
        const [slice, ...others] = await slicesOf(namespace, name)
        assert.deepEqual(others, [])
        assert.equal(slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'], MIRRORED)
        assert.deepEqual(
          slice.endpoints.map(({ addresses }) => addresses),
          [[ip]],
        )
        assert.deepEqual(
          slice.ports.map(({ port }) => port),
          [80],
        )
      }
      const created = await app.client.create(Endpoints, {
        metadata: { namespace, name },
        subsets: [subset('10.1.2.3')],
      })
      await eventually(() => mirrors('10.1.2.3'))
      await app.client.update(Endpoints, { ...created, subsets: [subset('10.2.3.4')] })
      await eventually(() => mirrors('10.2.3.4'))
      await app.client.delete(Endpoints, { namespace, name })
      await removed(namespace, name)
    },
  )

  conformance(
    '[sig-network] Endpoints should test the lifecycle of an Endpoint [Conformance]',
    async () => {
      const namespace = await app.namespace('endpoints-lifecycle')
      const name = 'testservice'
      const labels = { 'test-endpoint-static': 'true' }
      const labelSelector = 'test-endpoint-static=true'
      const from = await app.client.list(Endpoints, { namespace })
      const watched = app.history(
        Endpoints,
        { namespace, labelSelector, resourceVersion: from.resourceVersion },
        ({ type }) => type === 'DELETED',
      )
      const ports = [{ name: 'http', port: 80, protocol: 'TCP' as const }]
      const created = await app.client.create(Endpoints, {
        metadata: { namespace, name, labels },
        subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports }],
      })
      await app.client.update(Endpoints, {
        ...created,
        metadata: { ...created.metadata, labels: { ...labels, 'test-service': 'updated' } },
      })
      const patched = [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ ...ports[0]!, port: 8080 }] }]
      await app.client.patch(Endpoints, { namespace, name }, 'strategic', {
        metadata: { labels: { 'test-service': 'patched' } },
        subsets: patched,
      })
      const { metadata, subsets } = await endpointsOf(namespace, name)
      assert.equal(metadata.labels?.['test-service'], 'patched')
      assert.deepEqual(subsets, patched)
      await app.client.deleteCollection(Endpoints, { namespace, labelSelector })
      const types = (await watched).map(({ type }) => type)
      assert.deepEqual(types, ['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'])
      await assert.rejects(endpointsOf(namespace, name), isNotFound)
    },
  )
})
