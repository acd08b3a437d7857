import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { celEnvironment, compileCel } from '../index.ts'
import { formatIssues } from './issue.ts'
import { parse } from './parser.ts'

function problem(source: string): string {
  const parsed = parse(source)
  return parsed.ok ? 'ok' : formatIssues(source, parsed.issues)
}

test('parse() words errors as cel-go does', () => {
  assert.match(
    problem('1 + $'),
    /^ERROR: <input>:1:5: Syntax error: token recognition error at: '\$'$/m,
  )
  assert.match(
    problem('1 + $'),
    /^ERROR: <input>:1:6: Syntax error: mismatched input '<EOF>' expecting/m,
  )
  assert.match(
    problem('a | b'),
    /^ERROR: <input>:1:3: Syntax error: token recognition error at: '\| '$/m,
  )
  assert.match(
    problem('"\\xFh"'),
    /^ERROR: <input>:1:1: Syntax error: token recognition error at: '"\\xFh'$/m,
  )
  assert.equal(
    problem('a\n  b'),
    "ERROR: <input>:2:3: Syntax error: extraneous input 'b' expecting <EOF>\n |   b\n | ..^",
  )
  assert.equal(
    problem('self.all(x.y, true)'),
    'ERROR: <input>:1:11: argument must be a simple name\n | self.all(x.y, true)\n | ..........^',
  )
  assert.equal(problem('while'), 'ERROR: <input>:1:1: reserved identifier: while\n | while\n | ^')
  assert.equal(
    problem('has(a)'),
    'ERROR: <input>:1:5: invalid argument to has() macro\n | has(a)\n | ....^',
  )
  assert.match(problem('"é" + 世'), /^ \| "é" \+ 世\n \| \.．\.\.\.\.＾$/m)
})

test('parse() limits length and depth', () => {
  const deep = 'expression recursion limit exceeded: 250'
  assert.match(problem(`${'['.repeat(1000)}1`), new RegExp(deep))
  assert.match(problem(`a${'.b'.repeat(100_000 / 2 - 1)}`), new RegExp(deep))
  assert.match(problem(Array.from({ length: 1000 }, () => '1').join('+')), new RegExp(deep))
  assert.equal(
    problem(' '.repeat(100_001)),
    'ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100001, limit 100000',
  )
  // Logical chains become balanced trees, so long ones are fine.
  assert.equal(problem(Array.from({ length: 10_000 }, () => 'a').join(' || ')), 'ok')
})

test('compileCel() never throws, whatever the text', () => {
  const environment = celEnvironment()
  const pieces = fc.constantFrom(
    ...'( ) [ ] { } . , ? : + - * / % ! && || == < in true null 1 2u 3.5 0x1F "a" \'b\' r"\\" b"\\x00" """c""" x'.split(
      ' ',
    ),
    ...'.all(x, .map(x, .?a [?0] has( size( .sortBy(x, .optMap(y, Object{ // \n \\ " é 🙂'.split(
      ' ',
    ),
  )
  const soup = fc.array(pieces, { maxLength: 30 }).map((each) => each.join(' '))
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' }), fc.string()), (source) => {
      const compiled = compileCel(source, environment)
      if (compiled.ok) compiled.program.evaluate({}, { costLimit: 10_000 })
      else assert.notEqual(compiled.message, '')
    }),
    { numRuns: 2000 },
  )
})
