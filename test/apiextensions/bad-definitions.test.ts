import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { StatusError } from '../../src/apimachinery/status-error.ts'
import {
  crontab,
  crontabs,
  startCrdServer,
} from '../../src/apiserver/apiextensions/testing.node.ts'
import { statusWith } from '../../src/apiserver/testing.node.ts'

const AT = 'spec.validation.openAPIV3Schema.properties[spec]'
const TEXT = { type: 'string' }

/** What is wrong with a definition whose spec has these in its schema. */
async function problems(spec: object, schema: object = {}): Promise<readonly string[]> {
  await using server = await startCrdServer()
  const properties = { spec: { type: 'object', ...spec } }
  const openAPIV3Schema = { type: 'object', properties, ...schema }
  const definition = crontabs({}, { schema: { openAPIV3Schema } })
  const error: unknown = await server.definitions.create(definition).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof StatusError)
  return (error.status.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`)
}

suite('definitions that make no sense', () => {
  test('schemas that are not structural are refused with all that is wrong', async () => {
    const found = await problems({
      properties: {
        untyped: {},
        either: { ...TEXT, anyOf: [{ type: 'integer' }] },
        both: { type: 'object', properties: { a: TEXT }, additionalProperties: TEXT },
      },
    })
    for (const [field, text] of [
      ['properties[untyped].type', /Required value: must not be empty for specified object fields/],
      ['properties[either].anyOf[0].type', /Forbidden: must be empty to be structural/],
      [
        'properties[both].additionalProperties',
        /Forbidden: additionalProperties and properties are mutual exclusive/,
      ],
    ] as const) {
      const wanted = found.find((each) => each.startsWith(`${AT}.${field}: `))
      assert.match(wanted ?? found.join('\n'), text, field)
    }
  })

  test('what logic says of a field must be about one that is there', async () => {
    const found = await problems({}, { allOf: [{ properties: { hidden: { minLength: 1 } } }] })
    const at = 'spec.validation.openAPIV3Schema'
    assert.deepEqual(found, [
      `${at}.properties[hidden]: Required value: because it is defined in ${at}.allOf[0].properties[hidden]`,
    ])
  })

  test('schemas cannot refer to themselves', async () => {
    const found = await problems({
      properties: { self: { type: 'object', $ref: '#/properties/spec' } },
    })
    assert.deepEqual(found, [`${AT}.properties[self].$ref: Forbidden: $ref is not supported`])
  })

  test('a huge enum is as good as a small one', async () => {
    await using server = await startCrdServer()
    const values = Array.from({ length: 20_000 }, (_, i) => `value-${i}`)
    const definition = await server.define(
      crontabs({ properties: { mode: { ...TEXT, enum: values } } }),
    )
    const calls = server.objects(definition, 'default')
    await calls.create(crontab('good', { mode: 'value-19999' }))
    await assert.rejects(
      calls.create(crontab('bad', { mode: 'value-20000' })),
      statusWith({ code: 422, message: /spec.mode: Unsupported value: "value-20000"/ }),
    )
  })

  test('a definition of almost 3 MiB is established, and its objects are checked', async () => {
    await using server = await startCrdServer()
    const description = 'x'.repeat(1000)
    const fields = Array.from({ length: 2500 }, (_, i) => [
      `field${i}`,
      { ...TEXT, description, maxLength: 5 },
    ])
    const definition = await server.define(crontabs({ properties: Object.fromEntries(fields) }))
    const calls = server.objects(definition, 'default')
    await calls.create(crontab('good', { field2499: 'a' }))
    await assert.rejects(
      calls.create(crontab('bad', { field2499: 'abcdef' })),
      statusWith({ code: 422, message: /spec.field2499: Too long: may not be more than 5 bytes/ }),
    )
  })
})
