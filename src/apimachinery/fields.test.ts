import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  exactFieldValue,
  formatFieldSelector,
  matchesFields,
  parseFieldSelector,
} from './fields.ts'

test('parseFieldSelector() reads terms in order', () => {
  const selector = parseFieldSelector('status.phase!=Running,metadata.name==a,spec.x=')
  assert.deepEqual(selector.requirements, [
    { field: 'metadata.name', operator: '=', value: 'a' },
    { field: 'spec.x', operator: '=', value: '' },
    { field: 'status.phase', operator: '!=', value: 'Running' },
  ])
  assert.equal(exactFieldValue(selector, 'metadata.name'), 'a')
  assert.equal(exactFieldValue(selector, 'status.phase'), undefined)
})

test("parseFieldSelector() fails in Kubernetes' words", () => {
  const cases = {
    a: "invalid selector: 'a'; can't understand 'a'",
    'a=b=c': 'invalid field selector: unescaped character in value: 61',
    'a=b\\x': 'invalid field selector: invalid escape sequence: \\x',
    'a=b\\': 'invalid field selector: invalid escape sequence: \\',
  }
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parseFieldSelector(text), { name: 'ParseError', message })
  }
})

test('matchesFields() takes an absent field as empty', () => {
  const fields: Record<string, string> = { a: '1' }
  const matches = (text: string): boolean =>
    matchesFields(parseFieldSelector(text), (name) => fields[name] ?? '')
  assert.ok(matches('') && matches('a=1') && matches('b=') && matches('b!=1'))
  assert.ok(!matches('a=2') && !matches('a=1,b=1'))
})

test('a field selector survives being written and read', () => {
  const term = fc.record(
    {
      field: fc.stringMatching(/^[a-z.]{1,8}$/),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string(),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.array(term), (requirements) => {
      const text = formatFieldSelector({ requirements })
      const again = parseFieldSelector(text)
      assert.equal(again.requirements.length, requirements.length)
      assert.deepEqual(new Set(again.requirements), new Set(requirements))
    }),
  )
})
