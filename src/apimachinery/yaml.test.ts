import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { encodeYaml, parseYaml, parseYamlDocuments } from './yaml.ts'

test('parseYaml() reads scalars as Kubernetes does', () => {
  const cases: Record<string, unknown> = {
    yes: true,
    on: true,
    n: false,
    Off: false,
    '~': null,
    '': null,
    '0777': 511,
    '0o17': 15,
    '0x1F': 31,
    '0b11': 3,
    '1_000': 1000,
    '-5': -5,
    '+5': 5,
    '1e3': 1000,
    '.5': 0.5,
    '-0': 0,
    '1:20': '1:20',
    '08': 8,
    '2026-01-01': '2026-01-01',
    '1.2.3': '1.2.3',
    '9223372036854775807': 9223372036854775807n,
    '99999999999999999999': 1e20,
    yEs: 'yEs',
    '"yes"': 'yes',
    "'1'": '1',
    '!!str 1': '1',
    '!!binary YWI=': 'ab',
    'tag:1': 'tag:1',
  }
  for (const [text, value] of Object.entries(cases)) {
    assert.deepEqual(parseYaml(`a: ${text}`).value, { a: value }, text)
  }
})

test('parseYaml() resolves anchors, merges and keys that are no texts', () => {
  const text = `
base: &base {a: 1, b: 2}
one:
  <<: *base
  b: 3
two: [*base, &x y, *x]
1: int
true: bool
__proto__: p
`
  const { value } = parseYaml(text)
  assert.deepEqual(value, {
    base: { a: 1, b: 2 },
    one: { a: 1, b: 3 },
    two: [{ a: 1, b: 2 }, true, true],
    '1': 'int',
    true: 'bool',
    ['__proto__']: 'p',
  })
})

test('parseYaml() tells duplicate keys with their lines, the last one winning', () => {
  const { value, duplicates } = parseYaml('a: 1\nb:\n  c: 1\n  c: 2\na: 3\n')
  assert.deepEqual(value, { a: 3, b: { c: 2 } })
  assert.deepEqual(duplicates, [
    'line 4: key "c" already set in map',
    'line 5: key "a" already set in map',
  ])
})

test('parseYamlDocuments() gives each document with its line', () => {
  const documents = parseYamlDocuments('# head\n---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n')
  assert.deepEqual(
    documents.map(({ value, line }) => [value, line]),
    [
      [{ a: 1 }, 3],
      [{ b: 2 }, 8],
    ],
  )
  assert.deepEqual(parseYamlDocuments(''), [])
})

test('parseYaml() refuses with the line', () => {
  const cases = {
    'a: b: c': 'yaml: line 1: mapping values are not allowed in this context',
    'x: 1\na:\n\t- b': 'yaml: line 3: found character that cannot start any token',
    'a: *gone': "yaml: unknown anchor 'gone' referenced",
    'a: &a [*a]': "yaml: anchor 'a' value contains itself",
    'a: !!int x': 'yaml: line 1: cannot decode !!str `x` as a !!int',
    '{[a]: b}': 'yaml: unsupported map key',
  }
  for (const [text, message] of Object.entries(cases)) {
    assert.throws(() => parseYaml(text), { name: 'ParseError', message }, text)
  }
})

test('parseYaml() refuses aliases that multiply', () => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 12; i++) {
    const alias = `*a${i - 1}`
    lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => alias).join(',')}]`)
  }
  assert.throws(() => parseYaml(lines.join('\n')), {
    message: 'yaml: document contains excessive aliasing',
  })
})

test('parseYaml() refuses what is nested too deeply', () => {
  for (const depth of [1001, 50_000]) {
    assert.throws(() => parseYaml(`${'['.repeat(depth)}${']'.repeat(depth)}`), {
      message: 'yaml: exceeded max depth',
    })
  }
})

test('encodeYaml() writes what parseYaml() reads back', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      'yes',
      '0777',
      '0o17',
      '1e3',
      '<<',
      '1:20',
      '',
      '~',
      ' a',
      'a\nb\n',
      '- a',
      '#',
    ),
  )
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      fc.double({ noNaN: true, min: -1e15, max: 1e15 }).map((each) => each + 0),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value
  fc.assert(
    fc.property(value, (before) => {
      assert.deepEqual(parseYaml(encodeYaml(before)).value, before)
    }),
  )
})

test('encodeYaml() sorts keys and keeps lists at the level of their key', () => {
  assert.equal(
    encodeYaml({ b: ['x', { d: 1, c: 'no' }], a: 'line\nline\n', e: {}, f: [] }),
    'a: |\n  line\n  line\nb:\n- x\n- c: "no"\n  d: 1\ne: {}\nf: []\n',
  )
})
