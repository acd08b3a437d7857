import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'
import { define, definition, DEFINITIONS, undefine, whenDefinition } from './crontabs.ts'

describe('custom resource definitions', () => {
  const api = suite({ nodes: 0 })

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition creating/deleting custom resource definition objects works [Conformance]',
    async () => {
      await define(api.rest, definition('foos', [{ name: 'v1' }]))
      await undefine(api.rest, 'foos.example.com')
      assert.equal((await api.rest.call('GET', `${DEFINITIONS}/foos.example.com`)).status, 404)
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition listing custom resource definition objects works [Conformance]',
    async () => {
      const names = Array.from({ length: 10 }, (_, i) => `${'abcdefghij'[i]}s`)
      const labels = { e2e: 'list' }
      await Promise.all(
        names.map((name) => define(api.rest, definition(name, [{ name: 'v1' }], { labels }))),
      )
      await define(api.rest, definition('others', [{ name: 'v1' }]))
      const path = `${DEFINITIONS}?labelSelector=e2e%3Dlist`
      const { items, metadata } = await api.rest.get(path)
      assert.deepEqual(
        items?.map((each) => each.metadata.name).toSorted(),
        names.map((each) => `${each}.example.com`),
      )
      using watch = await api.rest.watch(
        `${path}&watch=1&resourceVersion=${metadata.resourceVersion}`,
      )
      await api.rest.delete(path)
      for (let gone = 0; gone < names.length;) {
        if ((await watch.next()).type === 'DELETED') gone += 1
      }
      const left = await api.rest.get(DEFINITIONS)
      assert.deepEqual(
        left.items?.map((each) => each.metadata.name),
        ['others.example.com'],
      )
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works [Conformance]',
    async () => {
      await define(api.rest, definition('stats', [{ name: 'v1' }]))
      const path = `${DEFINITIONS}/stats.example.com/status`
      const read = await api.rest.get(path)
      const status = read['status'] as { conditions: object[] }
      const condition = {
        type: 'StatusUpdate',
        status: 'True',
        reason: 'E2E',
        message: 'Set from an e2e test',
      }
      await api.rest.put(path, {
        ...read,
        status: { ...status, conditions: [...status.conditions, condition] },
      })
      const updated = await api.rest.get(path)
      const types = (wire: typeof read): string[] =>
        (wire['status'] as { conditions: { type: string }[] }).conditions.map(({ type }) => type)
      assert.ok(types(updated).includes('StatusUpdate'))
      const patched = await api.rest.patch(path, {
        metadata: {},
        status: { conditions: [{ ...condition, type: 'StatusPatched' }] },
      })
      assert.deepEqual(types(patched), ['StatusPatched'])
      assert.deepEqual(types(await api.rest.get(path)).includes('StatusPatched'), true)
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom resource definition resources in discovery documents [Conformance]',
    async () => {
      const groups = (await api.rest.get('/apis'))['groups'] as {
        name: string
        versions: { groupVersion: string }[]
      }[]
      const group = groups.find(({ name }) => name === 'apiextensions.k8s.io')
      assert.deepEqual(
        group?.versions.map(({ groupVersion }) => groupVersion),
        ['apiextensions.k8s.io/v1'],
      )
      const one = await api.rest.get('/apis/apiextensions.k8s.io')
      assert.deepEqual(one['versions'], group?.versions)
      const { resources } = (await api.rest.get('/apis/apiextensions.k8s.io/v1')) as unknown as {
        resources: { name: string }[]
      }
      assert.ok(resources.some(({ name }) => name === 'customresourcedefinitions'))
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource defaulting for requests and from storage works [Conformance]',
    async () => {
      const version = (properties: object): object => ({
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties } },
      })
      const [a, b] = [{ type: 'string' }, { type: 'string' }]
      const name = 'defaulteds.example.com'
      const schema = { type: 'object', properties: { a, b } }
      await define(api.rest, definition('defaulteds', [{ name: 'v1', schema }]))
      const objects = '/apis/example.com/v1/namespaces/default/defaulteds'
      const head = { apiVersion: 'example.com/v1', kind: 'Defaulted' }
      await api.rest.post(objects, { ...head, metadata: { name: 'one' } })
      await api.rest.patch(`${DEFINITIONS}/${name}`, {
        spec: { versions: [version({ a: { ...a, default: 'A' }, b })] },
      })
      assert.equal((await api.rest.get(`${objects}/one`))['a'], 'A')
      const two = await api.rest.post(objects, { ...head, metadata: { name: 'two' } })
      assert.equal(two['a'], 'A')
      await api.rest.patch(`${DEFINITIONS}/${name}`, {
        spec: { versions: [version({ a, b: { ...b, default: 'B' } })] },
      })
      const read = await api.rest.get(`${objects}/two`)
      assert.deepEqual([read['a'], read['b']], ['A', 'B'])
    },
  )

  conformance(
    '[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects [Conformance]',
    async () => {
      await define(api.rest, definition('watcheds', [{ name: 'v1' }]))
      const objects = '/apis/example.com/v1/namespaces/default/watcheds'
      using watch = await api.rest.watch(`${objects}?watch=1`)
      const head = { apiVersion: 'example.com/v1', kind: 'Watched' }
      const seen: string[] = []
      const next = async (): Promise<void> => {
        const { type, object } = await watch.next()
        seen.push(`${type} ${object.metadata.name}`)
      }
      await api.rest.post(objects, { ...head, metadata: { name: 'a' } })
      await next()
      await api.rest.post(objects, { ...head, metadata: { name: 'b' } })
      await next()
      await api.rest.patch(`${objects}/a`, { num: { num1: 1 } })
      await next()
      await api.rest.delete(`${objects}/a`)
      await next()
      await api.rest.delete(`${objects}/b`)
      await next()
      assert.deepEqual(seen, ['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED a', 'DELETED b'])
      await whenDefinition(api.rest, 'watcheds.example.com', () => true)
    },
  )
})
