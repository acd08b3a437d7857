import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { OrderedObject, readOrdered } from './json-reader.ts'
import { encodeJson, JsonSyntaxError, parseJson, readJson } from './json.ts'

test('parseJson() keeps integers that a double cannot hold', () => {
  const text = '{"a":9007199254740993,"b":[-9223372036854775808],"c":9007199254740991,"d":1.5}'
  assert.deepEqual(parseJson(text), {
    a: 9007199254740993n,
    b: [-9223372036854775808n],
    c: 9007199254740991,
    d: 1.5,
  })
  assert.equal(encodeJson(parseJson(text)), text)
})

test('parseJson() takes __proto__ as a key, and -0 as 0', () => {
  const value = parseJson('{"__proto__":{"a":-0}}') as object
  assert.deepEqual(Object.keys(value), ['__proto__'])
  assert.ok(Object.is((Object.values(value)[0] as { a: number }).a, 0))
  assert.equal(encodeJson(value), '{"__proto__":{"a":0}}')
})

test('parseJson() gives back any value, from text and from bytes', () => {
  const value = fc.anything({
    key: fc.oneof(fc.string(), fc.constant('__proto__')),
    maxDepth: 4,
    values: [
      fc.string({ unit: 'grapheme' }),
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
    ],
  })
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (before, indent) => {
      // What JSON itself can't say has been left out once, so the rest must come back as it was.
      const json = parseJson(encodeJson(before) ?? 'null')
      const text = encodeJson(json)
      assert.deepEqual(parseJson(new TextEncoder().encode(text)), json)
      assert.equal(readJson(text).hasDuplicates, false)
      if (!/\d{16}/.test(text)) {
        assert.equal(readJson(JSON.stringify(json, null, indent)).hasDuplicates, false)
      }
    }),
  )
})

test('readJson() notices duplicate keys at any depth', () => {
  assert.ok(readJson('{"a":1,"b":{"c":"\\":","c":2}}').hasDuplicates)
  assert.ok(readJson('[{"a":1, "a" : 1}]').hasDuplicates)
  assert.ok(!readJson('[{"a:":":"},{"a:":[":"]}]').hasDuplicates)
})

test('readOrdered() keeps duplicates in order', () => {
  const read = readOrdered(' {"a": [1, true], "b": {"c": null}, "a": "x"} ') as OrderedObject
  assert.deepEqual(
    read.entries.map(([key]) => key),
    ['a', 'b', 'a'],
  )
  assert.ok(read.entries[1]![1] instanceof OrderedObject)
})

test("parseJson() refuses in Go's words", () => {
  const cases = {
    '': 'unexpected end of JSON input',
    '{"a"': 'unexpected end of JSON input',
    x: "invalid character 'x' looking for beginning of value",
    '{a}': "invalid character 'a' looking for beginning of object key string",
    '{"a" 1}': "invalid character '1' after object key",
    '{"a":1 "b"}': `invalid character '"' after object key:value pair`,
    '[1 2]': "invalid character '2' after array element",
    '{} {}': "invalid character '{' after top-level value",
    '"\\x"': "invalid character 'x' in string escape code",
    '"\u0001"': "invalid character '\\x01' in string literal",
    tru1: "invalid character '1' in literal true (expecting 'e')",
    '-': 'unexpected end of JSON input',
    '01': "invalid character '1' after top-level value",
    '1.x': "invalid character 'x' after decimal point in numeric literal",
    '[1,]': "invalid character ']' looking for beginning of value",
    "'": "invalid character '\\'' looking for beginning of value",
    [`${'['.repeat(1001)}${']'.repeat(1001)}`]: 'exceeded max depth',
    '[1e999]': 'json: cannot unmarshal number 1e999 into Go value of type float64',
  }
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parseJson(text), { name: 'JsonSyntaxError', message }, text.slice(0, 20))
  }
})

test('both readers agree on what is JSON', () => {
  const piece = fc.constantFrom(
    ...Array.from('{}[]:,"\\ \n0-.eE1'),
    'true',
    'null',
    '"a"',
    '"a":1',
    '\\u00e9',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const fails = (read: (text: string) => unknown): boolean => {
        try {
          read(text)
          return false
        } catch (error) {
          assert.ok(error instanceof SyntaxError || error instanceof JsonSyntaxError)
          return true
        }
      }
      assert.equal(fails(readOrdered), fails(JSON.parse), text)
    }),
    { numRuns: 2000 },
  )
})
