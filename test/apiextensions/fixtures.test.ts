import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCrdServer } from '../../src/apiserver/apiextensions/testing.node.ts'
import { ResourceCalls } from '../../src/apiserver/testing.node.ts'
import { skipFixtures as skip } from '../published-fixtures.ts'
import { fixturesIn, realDefinitions } from './fixture-files.ts'

/** These lack what their schema requires, so Kubernetes refuses them too. */
const INCOMPLETE = ['spec.selector: Required value']

test(
  'the definitions of real projects are established, and their objects accepted',
  { skip },
  async () => {
    await using server = await startCrdServer()
    const definitions = await realDefinitions()
    for (const definition of definitions) await server.define(definition)
    const { registry } = server.api.server
    const problems: string[] = []
    let accepted = 0
    for (const [i, object] of (await fixturesIn('crs')).entries()) {
      const [group = '', version = ''] = object.apiVersion.split('/')
      const kind = registry
        .all()
        .map(({ type }) => type.resource)
        .find(
          (each) => each.kind === object.kind && each.group === group && each.version === version,
        )
      const isCustom = definitions.some((each) => each.metadata?.name?.endsWith(`.${group}`))
      if (!kind || !isCustom) continue
      const namespace = kind.namespaced ? (object.metadata?.namespace ?? 'default') : undefined
      const calls = new ResourceCalls(server.transport, object.apiVersion, kind.plural, namespace)
      // Several examples have the same name.
      const named = { ...object, metadata: { ...object.metadata, name: `example-${i}` } }
      try {
        await calls.create(named)
        accepted += 1
      } catch (error) {
        const { message } = error as Error
        if (!INCOMPLETE.some((text) => message.endsWith(text))) problems.push(message)
      }
    }
    assert.deepEqual(problems, [])
    assert.ok(accepted > 100)
  },
)
