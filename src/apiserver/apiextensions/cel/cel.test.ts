import { formatFieldError } from '../../../schema/field-error.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import type { SchemaRules } from '../kind/rules.ts'
import type { Schema } from '../schema/schema.ts'
import { celRules } from './cel-rules.ts'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { StatusError } from '../../../apimachinery/status-error.ts'
import { serverMetrics } from '../../metrics/server-metrics.ts'
import { statusWith } from '../../testing.node.ts'
import { crontab, crontabs, startCrdServer, type CrdServer } from '../testing.node.ts'

/** What creating a definition with these in its spec's schema is refused with. */
async function refusal(server: CrdServer, spec: object): Promise<string> {
  const error: unknown = await server.definitions.create(crontabs(spec)).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof StatusError)
  return error.message
}

const rules = (...all: readonly object[]): object => ({ 'x-kubernetes-validations': all })
const INTRO =
  'CustomResourceDefinition.apiextensions.k8s.io "crontabs.stable.example.com" is invalid: '
const AT = 'spec.validation.openAPIV3Schema.properties[spec]'

suite('CEL rules of custom resources', () => {
  test('rules refuse objects, with messages, reasons and the field to blame', async () => {
    const metrics = serverMetrics()
    await using server = await startCrdServer({ metrics })
    const definition = await server.define(
      crontabs({
        properties: {
          min: { type: 'integer' },
          max: { type: 'integer' },
          name: { type: 'string', maxLength: 20, ...rules({ rule: "self.startsWith('a')" }) },
        },
        ...rules(
          { rule: 'self.min <= self.max', message: 'min must not exceed max', fieldPath: '.min' },
          {
            rule: 'self.max % 2 == 0',
            messageExpression: "self.max > 2 ? 'max is odd and large' : 'max is odd'",
            reason: 'FieldValueForbidden',
          },
        ),
      }),
    )
    const calls = server.objects(definition, 'default')
    await calls.create(crontab('good', { min: 1, max: 2, name: 'abc' }))
    await assert.rejects(
      calls.create(crontab('bad', { min: 4, max: 3, name: 'b' })),
      statusWith({
        code: 422,
        message:
          'CronTab.stable.example.com "bad" is invalid: [spec.min: Invalid value: min must not exceed max, spec: Forbidden: max is odd and large, spec.name: Invalid value: "b": failed rule: self.startsWith(\'a\')]',
      }),
    )
    const text = await metrics.set.text()
    assert.match(text, /^apiserver_cel_compilation_duration_seconds_count 1$/m)
    assert.match(text, /^apiserver_cel_evaluation_duration_seconds_count [1-9]/m)
  })

  test('an object that is not as its schema says is not shown to rules', async () => {
    await using server = await startCrdServer()
    const spec = { properties: { n: { type: 'integer' } }, ...rules({ rule: 'self.n > 0' }) }
    const calls = server.objects(await server.define(crontabs(spec)), 'default')
    await assert.rejects(
      calls.create(crontab('a', { n: 'x' })),
      statusWith({
        code: 422,
        message:
          'CronTab.stable.example.com "a" is invalid: [spec.n: Invalid value: "string": spec.n in body must be of type integer: "string", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
      }),
    )
  })

  test('transition rules compare items of lists by their keys', async () => {
    await using server = await startCrdServer()
    const item = {
      type: 'object',
      required: ['key'],
      properties: { key: { type: 'string' }, value: { type: 'integer' } },
      ...rules({ rule: 'self.value >= oldSelf.value', message: 'may only grow' }),
    }
    const list = {
      type: 'array',
      maxItems: 10,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
      items: item,
    }
    const calls = server.objects(await server.define(crontabs({ properties: { list } })), 'default')
    const items = (...values: readonly number[]): object => ({
      list: values.map((value, i) => ({ key: `k${i}`, value })),
    })
    await calls.create(crontab('a', items(1, 5)))
    await calls.patch('a', { spec: items(2, 5, 0) })
    await assert.rejects(
      calls.patch('a', { spec: { list: [{ key: 'k1', value: 4 }] } }),
      statusWith({ code: 422, message: /spec.list\[0\]: Invalid value: may only grow/ }),
    )
  })

  test('oldSelf may be optional', async () => {
    await using server = await startCrdServer()
    const spec = {
      properties: { n: { type: 'integer' } },
      ...rules({
        rule: 'oldSelf.hasValue() || self.n == 1',
        message: 'begins with one',
        optionalOldSelf: true,
      }),
    }
    const calls = server.objects(await server.define(crontabs(spec)), 'default')
    await assert.rejects(calls.create(crontab('a', { n: 2 })), statusWith({ code: 422 }))
    await calls.create(crontab('a', { n: 1 }))
    await calls.patch('a', { spec: { n: 2 } })
  })

  test('what was wrong before and has not changed is let pass', async () => {
    await using server = await startCrdServer()
    const definition = await server.define(
      crontabs({ properties: { a: { type: 'string' }, b: { type: 'string' } } }),
    )
    const calls = server.objects(definition, 'default')
    await calls.create(crontab('old', { a: 'wrong', b: '1' }))
    const properties = {
      a: { type: 'string', maxLength: 10, ...rules({ rule: "self == 'right'" }) },
      b: { type: 'string', maxLength: 3 },
    }
    const { spec } = crontabs({ properties }) as { readonly spec: object }
    await server.definitions.patch('crontabs.stable.example.com', { spec })
    await calls.patch('old', { spec: { b: '2' } })
    await assert.rejects(calls.patch('old', { spec: { a: 'other' } }), statusWith({ code: 422 }))
    await assert.rejects(calls.create(crontab('new', { a: 'wrong' })), statusWith({ code: 422 }))
  })

  test('expressions that do not compile are refused with the definition', async () => {
    await using server = await startCrdServer()
    const properties = { n: { type: 'integer' } }
    const message = await refusal(server, { properties, ...rules({ rule: 'self.m > 0' }) })
    assert.ok(
      message.startsWith(
        `${INTRO}${AT}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.m > 0"}: compilation failed: ERROR: <input>:1:5: undefined field 'm'`,
      ),
      message,
    )
    assert.equal(
      await refusal(server, { properties, ...rules({ rule: 'self.n' }) }),
      `${INTRO}${AT}.x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.n"}: cel expression must evaluate to a bool`,
    )
    const list = { type: 'array', items: { type: 'string', ...rules({ rule: 'self == oldSelf' }) } }
    assert.match(
      await refusal(server, { properties: { list } }),
      /oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties\[spec\].properties\[list\]/,
    )
  })

  test('rules that could cost too much are refused with the definition', async () => {
    await using server = await startCrdServer()
    const list = { type: 'array', items: { type: 'array', items: { type: 'string' } } }
    const rule = 'self.list.all(a, self.list.all(b, a.all(x, b.all(y, x != y))))'
    const message = await refusal(server, { properties: { list }, ...rules({ rule }) })
    assert.match(
      message,
      /x-kubernetes-validations\[0\].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x \(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared\)/,
    )
    assert.match(message, /estimated rule cost total for entire OpenAPIv3 schema exceeds budget/)
  })

  test('rules stop where they cost too much at run time', async () => {
    await using server = await startCrdServer()
    const number = { type: 'integer' }
    const list = { type: 'array', maxItems: 700, items: number }
    const rule = 'self.list.all(a, self.list.all(b, a + b >= 0))'
    const spec = { properties: { list }, ...rules({ rule }) }
    const calls = server.objects(await server.define(crontabs(spec)), 'default')
    await calls.create(crontab('few', { list: [1, 2, 3] }))
    await assert.rejects(
      calls.create(crontab('many', { list: Array.from({ length: 700 }, (_, i) => i) })),
      statusWith({ code: 422, message: /actual cost limit exceeded/ }),
    )
  })
})

/** What rules say of an object, what they warn of, and how often they let others have a turn. */
async function judged(
  spec: object,
  object: object,
  old?: object,
): Promise<{ errors: readonly string[]; warnings: readonly string[]; turns: number }> {
  const schema = { type: 'object', properties: { spec: { type: 'object', ...spec } } } as Schema
  const warnings: string[] = []
  let turns = 0
  const pause = async (): Promise<void> => void (turns += 1)
  const of = (value: object): ApiObject => crontab('a', value) as ApiObject
  const errors = await celRules({ schema } as SchemaRules)!.validate(of(object), old && of(old), {
    pause,
    warn: (text) => warnings.push(text),
  })
  return { errors: errors.map(formatFieldError), warnings, turns }
}

test('what was wrong before and has not changed is warned of, but for rules about the change', async () => {
  const text = { type: 'string', maxLength: 10 }
  const spec = {
    properties: {
      a: { ...text, ...rules({ rule: "self == 'right'", message: 'must be right' }) },
      b: { ...text, ...rules({ rule: 'self != oldSelf', message: 'must change' }) },
      c: { ...text, ...rules({ rule: "self.substring(5) != ''" }) },
      d: text,
    },
  }
  const old = { a: 'wrong', b: 'b', c: 'c', d: '1' }
  assert.deepEqual(await judged(spec, { ...old, d: '2' }, old), {
    errors: [
      'spec.b: Invalid value: "b": must change',
      'spec.c: Invalid value: "string": index out of range: 5 evaluating rule: self.substring(5) != \'\'',
    ],
    warnings: ['spec.a: Invalid value: "wrong": must be right'],
    turns: 0,
  })
  const changed = await judged(spec, { a: 'other' }, old)
  assert.deepEqual([changed.errors.length, changed.warnings.length], [1, 0])
})

test('rules that cost much let others have a turn in between', async () => {
  const rule = 'self.all(a, self.all(b, a + b >= 0))'
  const list = { type: 'array', maxItems: 200, items: { type: 'integer' }, ...rules({ rule }) }
  const lists = { type: 'array', items: list }
  const numbers = Array.from({ length: 100 }, (_, i) => i)
  const { errors, turns } = await judged(
    { properties: { lists } },
    { lists: Array.from({ length: 20 }, () => numbers) },
  )
  assert.deepEqual(errors, [])
  assert.ok(turns > 5, `${turns} turns`)
})
