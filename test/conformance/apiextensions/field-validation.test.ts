import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'
import { define, definition } from './crontabs.ts'

const APPLY = 'application/apply-patch+yaml'
const KNOWN = { type: 'string' }
const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        knownField1: KNOWN,
        knownField2: KNOWN,
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { metadata: { type: 'object' } },
        },
      },
    },
  },
}

describe('field validation of custom resources', () => {
  const api = suite({ nodes: 0 })
  const collection = (plural: string): string =>
    `/apis/fields.example.com/v1/namespaces/default/${plural}`

  async function defined(plural: string, schema?: object): Promise<void> {
    const version = { name: 'v1', ...(schema && { schema }) }
    await define(api.rest, definition(plural, [version], { group: 'fields.example.com' }))
  }

  /** What the server says to a body that is created, and to one that is applied. */
  async function answers(plural: string, name: string, body: string): Promise<readonly string[]> {
    const strict = 'fieldValidation=Strict'
    const path = collection(plural)
    const all = [
      await api.rest.call('POST', `${path}?${strict}`, { body }),
      await api.rest.call('PATCH', `${path}/${name}-applied?${strict}&fieldManager=test`, {
        body: body.replace(`"name":"${name}"`, `"name":"${name}-applied"`),
        headers: { 'content-type': APPLY },
      }),
    ]
    return all.map(
      ({ status, body: said }) => `${status} ${(said['message'] as string | undefined) ?? ''}`,
    )
  }

  function text(kind: string, name: string, metadata: string, spec: string): string {
    return `{"apiVersion":"fields.example.com/v1","kind":"${kind}","metadata":{"name":"${name}"${metadata}},"spec":{${spec}}}`
  }

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema [Conformance]',
    async () => {
      await defined('frees')
      const body = text('Free', 'a', '', '"foo":"foo1","anything":{"goes":1}')
      assert.deepEqual(await answers('frees', 'a', body), ['201 ', '201 '])
    },
  )

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply a valid CR for CRD with validation schema [Conformance]',
    async () => {
      await defined('rights', SCHEMA)
      const body = text('Right', 'a', '', '"knownField1":"x"')
      assert.deepEqual(await answers('rights', 'a', body), ['201 ', '201 '])
    },
  )

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema [Conformance]',
    async () => {
      await defined('wrongs', SCHEMA)
      const body = text('Wrong', 'a', '', '"knownField1":"x","extraProperty":"y"')
      const [created, applied] = await answers('wrongs', 'a', body)
      assert.equal(
        created,
        '400 Wrong in version "v1" cannot be handled as a Wrong: strict decoding error: unknown field "spec.extraProperty"',
      )
      assert.match(applied!, /\.spec\.extraProperty: field not declared in schema/)
    },
  )

  conformance(
    '[sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields [Conformance]',
    async () => {
      await defined('twices')
      const body = text('Twice', 'a', '', '"unknown":"x","unknownDupe":"y","unknownDupe":"z"')
      const [created, applied] = await answers('twices', 'a', body)
      assert.equal(
        created,
        '400 Twice in version "v1" cannot be handled as a Twice: strict decoding error: duplicate field "spec.unknownDupe"',
      )
      assert.match(applied!, /key "unknownDupe" already set in map/)
    },
  )

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR [Conformance]',
    async () => {
      await defined('metas', SCHEMA)
      const template =
        '"template":{"apiVersion":"v1","kind":"Foo","metadata":{"name":"x","unknownSubMeta":"bar"}}'
      const body = text('Meta', 'a', ',"unknownMeta":"foo"', template)
      const [created, applied] = await answers('metas', 'a', body)
      assert.equal(
        created,
        '400 Meta in version "v1" cannot be handled as a Meta: strict decoding error: unknown field "metadata.unknownMeta", unknown field "spec.template.metadata.unknownSubMeta"',
      )
      assert.match(applied!, /\.metadata\.unknownMeta: field not declared in schema/)
      assert.match(
        applied!,
        /\.spec\.template\.metadata\.unknownSubMeta: field not declared in schema/,
      )
    },
  )
})
