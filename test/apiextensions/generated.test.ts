import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { CustomResourceDefinition } from '../../src/api/apiextensions/v1/custom-resource-definition.ts'
import { StatusError } from '../../src/apimachinery/status-error.ts'
import {
  crontabs,
  startCrdServer,
  type CrdServer,
} from '../../src/apiserver/apiextensions/testing.node.ts'
import type { Schema } from '../../src/apiserver/apiextensions/schema/schema.ts'
import { skipFixtures } from '../published-fixtures.ts'
import { realDefinitions } from './fixture-files.ts'
import { goodObject, violations, withDefaults, withUnknownFields, type Draw } from './generate.ts'

type Version = CustomResourceDefinition['spec']['versions'][number]

/** The parts of an object that its definition describes and that its creation keeps. */
function ownSchema({ schema, subresources }: Version): Schema {
  const { properties = {}, required = [] } = schema!.openAPIV3Schema as Schema
  const others = ['apiVersion', 'kind', 'metadata', ...(subresources?.status ? ['status'] : [])]
  const own = Object.entries(properties).filter(([name]) => !others.includes(name))
  return {
    type: 'object',
    properties: Object.fromEntries(own),
    required: required.filter((name) => !others.includes(name)),
  }
}

/** Holds generated objects against a definition. Answers with how many good and bad ones there were. */
async function exercise(
  server: CrdServer,
  definition: CustomResourceDefinition,
  numRuns: number,
): Promise<{ readonly good: number; readonly bad: ReadonlyMap<string, number> }> {
  let good = 0
  const bad = new Map<string, number>()
  const { spec } = definition
  for (const version of spec.versions.filter(({ served }) => served)) {
    const schema = ownSchema(version)
    const namespace = spec.scope === 'Namespaced' ? 'default' : undefined
    const calls = server.objects(definition, namespace, version.name)
    const envelope = {
      apiVersion: `${spec.group}/${version.name}`,
      kind: spec.names.kind,
      metadata: { generateName: 'a-' },
    }
    const property = async (draw: Draw): Promise<void> => {
      const object = goodObject(schema, draw)
      if (!object) return
      const sent = withUnknownFields(schema, object) as object
      const { apiVersion, kind, metadata, ...stored } = await calls.create({ ...sent, ...envelope })
      assert.deepEqual([apiVersion, kind], [envelope.apiVersion, envelope.kind])
      assert.deepEqual(stored, withDefaults(schema, object))
      await calls.delete(metadata.name!)
      good += 1
      const wrong = violations(schema, object)
      if (wrong.length === 0) return
      // The kind first, or else nearly all would be of the wrong type.
      const what = draw(fc.constantFrom, ...new Set(wrong.map((each) => each.what)))
      const violation = draw(fc.constantFrom, ...wrong.filter((each) => each.what === what))
      const fields = await refusedFields(() =>
        calls.create({ ...(violation.object as object), ...envelope }),
      )
      assert.ok(
        fields.includes(violation.field),
        `${kind}: ${violation.what} at ${violation.field}: ${fields.join(', ') || 'accepted'}`,
      )
      bad.set(violation.what, (bad.get(violation.what) ?? 0) + 1)
    }
    await fc.assert(fc.asyncProperty(fc.gen(), property), { numRuns, seed: 1, endOnFailure: true })
  }
  return { good, bad }
}

/** The fields that a refusal blames; none where there is no refusal. */
async function refusedFields(create: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await create()
    return []
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    assert.equal(error.status.code, 422, error.message)
    return (error.status.details?.causes ?? []).map(({ field = '' }) => field)
  }
}

const TEXT = { type: 'string' }
const OWN = {
  type: 'object',
  required: ['name', 'ports'],
  properties: {
    name: { ...TEXT, minLength: 1, maxLength: 10 },
    mode: { ...TEXT, enum: ['A', 'B'], default: 'A' },
    label: { ...TEXT, pattern: '^[a-z]+$' },
    when: { ...TEXT, format: 'date-time' },
    address: { ...TEXT, format: 'ipv4' },
    ratio: { type: 'number', minimum: 0, maximum: 1 },
    size: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
    step: { type: 'integer', multipleOf: 5 },
    on: { type: 'boolean' },
    share: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, TEXT] },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    labels: { type: 'object', additionalProperties: { ...TEXT, maxLength: 5 } },
    few: { type: 'array', minItems: 1, maxItems: 2, items: TEXT },
    names: { type: 'array', 'x-kubernetes-list-type': 'set', items: { ...TEXT, maxLength: 9 } },
    ports: {
      type: 'array',
      minItems: 1,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      items: {
        type: 'object',
        required: ['port'],
        properties: {
          port: { type: 'integer', minimum: 1, maximum: 65535 },
          protocol: { ...TEXT, default: 'TCP' },
          inner: {
            type: 'object',
            default: {},
            properties: { depth: { type: 'integer', default: 1 } },
          },
        },
      },
    },
  },
}

/** All that `violations()` can make wrong. */
const KINDS_OF_VIOLATION = [
  'enum',
  'format',
  'list-type map',
  'list-type set',
  'maxItems',
  'maxLength',
  'maximum',
  'minItems',
  'minLength',
  'minimum',
  'multipleOf',
  'pattern',
  'required',
  'type',
]

test('objects made from a schema are accepted, and with one thing wrong refused at its field', async () => {
  await using server = await startCrdServer()
  const definition = await server.define(crontabs(OWN))
  const { good, bad } = await exercise(server, definition, 300)
  assert.ok(good >= 200, `${good} good objects`)
  assert.deepEqual([...bad.keys()].toSorted(), KINDS_OF_VIOLATION)
})

test('the same from the schemas of real projects', { skip: skipFixtures }, async () => {
  await using server = await startCrdServer()
  let total = 0
  for (const fixture of await realDefinitions()) {
    const definition = await server.define(fixture)
    const { good } = await exercise(server, definition, 6)
    total += good
  }
  assert.ok(total > 100, `${total} good objects`)
})
