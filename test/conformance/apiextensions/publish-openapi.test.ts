import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'
import { define, definition, DEFINITIONS, kindOf, undefine, type Version } from './crontabs.ts'

const SCHEMA = {
  type: 'object',
  description: 'Foo CRD for Testing',
  properties: {
    spec: {
      type: 'object',
      description: 'Specification of Foo',
      required: ['bars'],
      properties: {
        bars: {
          type: 'array',
          description: 'List of Bars and their specs.',
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string', description: 'Name of Bar.' } },
          },
        },
      },
    },
  },
}

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly [extension: string]: unknown
}

describe('published OpenAPI', () => {
  const api = suite({ nodes: 0 })

  /** The schema that is published of a kind, in both versions of OpenAPI; undefined where there is none. */
  async function published(
    group: string,
    version: string,
    kind: string,
  ): Promise<readonly (Schema | undefined)[]> {
    const name = [...group.split('.').toReversed(), version, kind].join('.')
    const two = (await api.rest.get('/openapi/v2'))['definitions'] as Record<string, Schema>
    const answer = await api.rest.call('GET', `/openapi/v3/apis/${group}/${version}`)
    const { components } = answer.body as unknown as {
      components?: { schemas: Record<string, Schema> }
    }
    return [two[name], components?.schemas[name]]
  }

  async function isPublished(group: string, version: string, kind: string): Promise<boolean> {
    const all = await published(group, version, kind)
    return all.every((each) => each !== undefined)
  }

  async function created(
    plural: string,
    versions: readonly Version[],
    group = 'openapi.example.com',
  ): Promise<void> {
    await define(api.rest, definition(plural, versions, { group }))
  }

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation schema [Conformance]',
    async () => {
      await created('foos', [{ name: 'v1', schema: SCHEMA }])
      const [two, three] = await published('openapi.example.com', 'v1', 'Foo')
      for (const each of [two, three]) {
        assert.equal(each?.description, 'Foo CRD for Testing')
        assert.equal(each?.properties?.['spec']?.description, 'Specification of Foo')
        assert.deepEqual(Object.keys(each?.properties ?? {}).toSorted(), [
          'apiVersion',
          'kind',
          'metadata',
          'spec',
        ])
      }
      const path = '/apis/openapi.example.com/v1/namespaces/default/foos?fieldValidation=Strict'
      const foo = { apiVersion: 'openapi.example.com/v1', kind: 'Foo', metadata: { name: 'a' } }
      await api.rest.post(path, { ...foo, spec: { bars: [{ name: 'x' }] } })
      const unknown = await api.rest.call('POST', path, {
        body: { ...foo, spec: { bars: [], x: 1 } },
      })
      assert.match(unknown.text, /strict decoding error: unknown field \\"spec.x\\"/)
      const missing = await api.rest.call('POST', path, { body: { ...foo, spec: { bars: [{}] } } })
      assert.match(missing.text, /spec.bars\[0\].name: Required value/)
      await undefine(api.rest, 'foos.openapi.example.com')
      assert.equal(await isPublished('openapi.example.com', 'v1', 'Foo'), false)
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD without validation schema [Conformance]',
    async () => {
      await created('opens', [{ name: 'v1' }])
      const [two] = await published('openapi.example.com', 'v1', 'Open')
      assert.equal(two?.type, 'object')
      assert.equal(two?.properties, undefined)
      await createAnything('opens', { anything: { goes: 1 } })
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields at the schema root [Conformance]',
    async () => {
      const schema = { ...SCHEMA, 'x-kubernetes-preserve-unknown-fields': true }
      await created('roots', [{ name: 'v1', schema }])
      const [two, three] = await published('openapi.example.com', 'v1', 'Root')
      assert.equal(two?.properties, undefined)
      assert.equal(three?.['x-kubernetes-preserve-unknown-fields'], true)
      await createAnything('roots', { spec: { bars: [] }, more: 1 })
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields in an embedded object [Conformance]',
    async () => {
      const spec = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
      await created('parts', [{ name: 'v1', schema: { type: 'object', properties: { spec } } }])
      const [two, three] = await published('openapi.example.com', 'v1', 'Part')
      for (const each of [two, three]) {
        assert.equal(each?.properties?.['spec']?.['x-kubernetes-preserve-unknown-fields'], true)
      }
      await createAnything('parts', { spec: { a: 1 } })
    },
  )

  async function createAnything(plural: string, more: object): Promise<void> {
    const path = `/apis/openapi.example.com/v1/namespaces/default/${plural}?fieldValidation=Strict`
    const head = { apiVersion: 'openapi.example.com/v1', kind: kindOf(plural) }
    await api.rest.post(path, { ...head, metadata: { name: 'a' }, ...more })
  }

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of different groups [Conformance]',
    async () => {
      await created('ones', [{ name: 'v1', schema: SCHEMA }], 'one.example.com')
      await created('twos', [{ name: 'v1', schema: SCHEMA }], 'two.example.com')
      assert.ok(await isPublished('one.example.com', 'v1', 'One'))
      assert.ok(await isPublished('two.example.com', 'v1', 'Two'))
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group but different versions [Conformance]',
    async () => {
      const versions = ['v2', 'v3'].map((name) => ({ name, schema: SCHEMA }))
      await created('manys', versions)
      for (const { name } of versions) {
        assert.ok(await isPublished('openapi.example.com', name, 'Many'))
      }
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group and version but different kinds [Conformance]',
    async () => {
      await created('lefts', [{ name: 'v4', schema: SCHEMA }])
      await created('rights', [{ name: 'v4', schema: SCHEMA }])
      assert.ok(await isPublished('openapi.example.com', 'v4', 'Left'))
      assert.ok(await isPublished('openapi.example.com', 'v4', 'Right'))
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] updates the published spec when one version gets renamed [Conformance]',
    async () => {
      const versions = ['v5', 'v6'].map((name) => ({ name, schema: SCHEMA }))
      await created('renameds', versions)
      await api.rest.patch(
        `${DEFINITIONS}/renameds.openapi.example.com`,
        [{ op: 'replace', path: '/spec/versions/1/name', value: 'v7' }],
        'application/json-patch+json',
      )
      assert.ok(await isPublished('openapi.example.com', 'v7', 'Renamed'))
      assert.ok(await isPublished('openapi.example.com', 'v5', 'Renamed'))
      assert.deepEqual(await published('openapi.example.com', 'v6', 'Renamed'), [
        undefined,
        undefined,
      ])
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] removes definition from spec when one version gets changed to not be served [Conformance]',
    async () => {
      const versions = ['v8', 'v9'].map((name) => ({ name, schema: SCHEMA }))
      await created('hiddens', versions)
      assert.ok(await isPublished('openapi.example.com', 'v9', 'Hidden'))
      await api.rest.patch(
        `${DEFINITIONS}/hiddens.openapi.example.com`,
        [{ op: 'replace', path: '/spec/versions/1/served', value: false }],
        'application/json-patch+json',
      )
      assert.deepEqual(await published('openapi.example.com', 'v9', 'Hidden'), [
        undefined,
        undefined,
      ])
      assert.ok(await isPublished('openapi.example.com', 'v8', 'Hidden'))
    },
  )
})
