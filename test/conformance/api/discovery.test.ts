import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { define, definition, undefine } from '../apiextensions/crontabs.ts'
import { suite } from '../suite.node.ts'
import type { Wire } from '../rest.node.ts'

interface Group {
  readonly name: string
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[]
  readonly preferredVersion: { readonly groupVersion: string; readonly version: string }
}

interface Resource {
  readonly name: string
  readonly kind: string
  readonly verbs: readonly string[]
}

interface AggregatedGroup {
  readonly metadata: { readonly name: string }
  readonly versions: readonly {
    readonly version: string
    readonly resources: readonly { readonly resource: string }[]
  }[]
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** A resource of each group that every cluster has. */
const BUILT_INS: readonly (readonly [string, string])[] = [
  ['', 'pods'],
  ['apps', 'deployments'],
  ['authentication.k8s.io', 'tokenreviews'],
  ['authorization.k8s.io', 'subjectaccessreviews'],
  ['autoscaling', 'horizontalpodautoscalers'],
  ['batch', 'jobs'],
  ['certificates.k8s.io', 'certificatesigningrequests'],
  ['networking.k8s.io', 'networkpolicies'],
  ['policy', 'poddisruptionbudgets'],
  ['rbac.authorization.k8s.io', 'clusterroles'],
  ['storage.k8s.io', 'storageclasses'],
  ['admissionregistration.k8s.io', 'validatingwebhookconfigurations'],
  ['scheduling.k8s.io', 'priorityclasses'],
  ['coordination.k8s.io', 'leases'],
  ['node.k8s.io', 'runtimeclasses'],
  ['discovery.k8s.io', 'endpointslices'],
  ['flowcontrol.apiserver.k8s.io', 'flowschemas'],
]

describe('discovery', () => {
  const api = suite()

  const groups = async (): Promise<readonly Group[]> =>
    (await api.rest.get('/apis'))['groups'] as readonly Group[]

  const aggregated = async (accept: string): Promise<readonly AggregatedGroup[]> => {
    const answers = await Promise.all(
      ['/api', '/apis'].map((path) => api.rest.call('GET', path, { headers: { accept } })),
    )
    return answers.flatMap(({ status, headers, body }) => {
      assert.equal(status, 200)
      assert.equal(headers['content-type'], AGGREGATED)
      assert.equal(body.kind, 'APIGroupDiscoveryList')
      return body.items as unknown as readonly AggregatedGroup[]
    })
  }

  const assertBuiltIns = (found: readonly AggregatedGroup[]): void => {
    for (const [group, resource] of BUILT_INS) {
      const versions = found.find(({ metadata }) => (metadata.name ?? '') === group)?.versions ?? []
      const resources = versions.flatMap((version) => version.resources)
      assert.ok(
        resources.some((each) => each.resource === resource),
        `${group}/${resource}`,
      )
    }
  }

  /** A definition is told of as soon as it is established. */
  const assertDefined = async (plural: string, accept: string): Promise<void> => {
    await define(api.rest, definition(plural, [{ name: 'v1' }]))
    const found = await aggregated(accept)
    const group = found.find(({ metadata }) => metadata.name === 'example.com')
    const resources = group?.versions.flatMap((version) => version.resources) ?? []
    assert.ok(resources.some(({ resource }) => resource === plural))
    await undefine(api.rest, `${plural}.example.com`)
  }

  conformance(
    '[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup [Conformance]',
    async () => {
      for (const { name, versions, preferredVersion } of await groups()) {
        const group = (await api.rest.get(`/apis/${name}`)) as Wire & Group
        assert.deepEqual(group.preferredVersion, preferredVersion)
        assert.ok(
          versions.some(({ groupVersion }) => groupVersion === preferredVersion.groupVersion),
        )
      }
    },
  )

  conformance(
    '[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup [Conformance]',
    async () => {
      for (const { name } of await groups()) {
        const { preferredVersion } = (await api.rest.get(`/apis/${name}`)) as Wire & Group
        const list = await api.rest.get(`/apis/${preferredVersion.groupVersion}`)
        assert.equal(list.kind, 'APIResourceList')
        assert.equal(list['groupVersion'], preferredVersion.groupVersion)
        const resources = list['resources'] as readonly Resource[]
        for (const { name: plural, kind, verbs } of resources)
          assert.ok(plural !== '' && kind !== '' && verbs.length > 0, plural)
        assert.ok(resources.length > 0, name)
      }
    },
  )

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface [Conformance]',
    async () => {
      const fallback = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'
      assertBuiltIns(await aggregated(`${AGGREGATED},${fallback},application/json`))
    },
  )

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers [Conformance]',
    async () => {
      assertBuiltIns(await aggregated(AGGREGATED))
    },
  )

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs [Conformance]',
    () => assertDefined('interfaces', `${AGGREGATED},application/json`),
  )

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs [Conformance]',
    () => assertDefined('requests', AGGREGATED),
  )

  conformance(
    '[sig-api-machinery] server version should find the server version [Conformance]',
    async () => {
      const version = await api.rest.get('/version')
      for (const part of ['major', 'minor']) assert.match(String(version[part]), /^\d+$/)
    },
  )

  conformance(
    '[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata [Conformance]',
    async () => {
      const body = { spec: { nonResourceAttributes: { path: '/api', verb: 'get' } } }
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
      const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
      assert.equal((await api.rest.call('POST', path, { body, headers })).status, 406)
    },
  )

  conformance(
    '[sig-architecture] Conformance Tests should have at least two untainted nodes [Conformance]',
    async () => {
      const { items = [] } = await api.rest.get('/api/v1/nodes')
      const untainted = items.filter(({ spec }) => !(spec as { taints?: unknown }).taints)
      assert.ok(untainted.length >= 2)
    },
  )
})
