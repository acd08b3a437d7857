import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { JsonSchema, Program } from '../index.ts'
import { celEnvironment, compileCel, typesFromSchema } from '../index.ts'

const TEXT: JsonSchema = { type: 'string' }
const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    list: { type: 'array', items: TEXT },
    short: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 5 } },
    objects: {
      type: 'array',
      maxItems: 100,
      items: { type: 'object', properties: { name: { type: 'string', maxLength: 10 } } },
    },
    map: { type: 'object', maxProperties: 5, additionalProperties: { type: 'integer' } },
    text: { type: 'string', maxLength: 20 },
    free: TEXT,
    color: { type: 'string', enum: ['red', 'green'] },
    n: { type: 'integer' },
  },
}
const ENVIRONMENT = celEnvironment({ variables: { self: typesFromSchema(SCHEMA)! } })

function compile(source: string): Program {
  const compiled = compileCel(source, ENVIRONMENT)
  assert.ok(compiled.ok, compiled.ok ? '' : `${source}: ${compiled.message}`)
  return compiled.program
}

test('estimateCost() gives the figures of Kubernetes', () => {
  // Each hand-checked against the rules of cel-go's checker/cost.go and Kubernetes' library/cost.go.
  const figures: Readonly<Record<string, readonly [number, number]>> = {
    'self.n == 3': [2, 2],
    'self.text == "abc"': [3, 3],
    'self.free.startsWith("abc")': [3, 3],
    'self.color.contains("e")': [2, 3],
    'self.text.matches("^[a-z]+$")': [4, 20],
    'self.short.all(x, x == "a")': [3, 53],
    'self.map.all(k, self.map[k] > 0)': [3, 43],
    'self.short.map(x, x)': [13, 143],
    'has(self.text)': [1, 1],
    'self.n in [1, 2, 3]': [15, 15],
    'quantity("1Gi") == quantity("1Gi")': [3, 3],
    'isIP("1.2.3.4")': [1, 1],
  }
  const found = Object.keys(figures).map((source) => {
    const { min, max } = compile(source).estimateCost()
    return [source, [min, max]]
  })
  assert.deepEqual(Object.fromEntries(found), figures)
})

test('nested loops over lists without a limit are far beyond any budget', () => {
  const nested = 'self.list.all(a, self.list.all(b, self.list.all(c, a != b || b != c)))'
  assert.ok(compile(nested).estimateCost().max > 100_000_000)
  assert.ok(compile('self.list.all(a, a.contains(self.free))').estimateCost().max > 100_000_000)
  assert.ok(compile('self.free.matches(self.free)').estimateCost().max > 100_000_000)
  assert.ok(
    compile('self.objects.all(a, self.objects.all(b, a.name != b.name))').estimateCost().max <
      1_000_000,
  )
})

const HOSTILE = [
  'lists.range(1000000000).all(x, x >= 0)',
  'lists.range(1000000000).map(x, x).size() > 0',
  'lists.range(1000000000).reverse().slice(0, 100000000).distinct().size() > 0',
  'lists.range(100000).map(x, lists.range(100000)).flatten().size() > 0',
  'lists.range(100000).sortBy(x, -x).size() > 0',
  'self.list.all(a, self.list.all(b, self.list.all(c, a != "" || b != c)))',
  'self.list.map(a, self.list.map(b, self.list.join())).size() > 0',
  'lists.range(1000).all(x, self.free.matches("(a*)*(b|c)*$"))',
  'lists.range(100000).all(x, self.free.replace("", self.free).size() > 0)',
  'lists.range(100000).transformMap(i, v, lists.range(1000)).size() > 0',
  'sets.equivalent(lists.range(100000), lists.range(100000))',
  'lists.range(10000).all(x, [self.list, self.list] == [self.list, self.list])',
  'lists.range(10000).all(x, sets.contains([self.list], [self.list]))',
  'lists.range(10000).all(x, self.list.isSorted() || true)',
  'lists.range(10000).all(x, "%s".format([self.list]) != "")',
  'lists.range(100000).all(x, self.list == self.list || true)',
  'lists.range(100000).all(x, self.free.findAll("a").size() > 0)',
  'lists.range(100000).all(x, "%.300f".format([1.0]) != "")',
  'lists.range(100000).all(x, timestamp(x).getHours("America/New_York") >= 0)',
  `[1]${'.map(x, [x, x])'.repeat(60)}.flatten(100).size() > 0`,
  `[1]${'.map(x, [x, x])'.repeat(60)} == [1]${'.map(x, [x, x])'.repeat(60)}`,
] as const

test('hostile rules stop at the limit', () => {
  const list = Array.from({ length: 5000 }, (_, i) => `item ${i}`)
  const self = { list, free: 'a'.repeat(10_000) }
  for (const source of HOSTILE) {
    const result = compile(source).evaluate({ self })
    assert.ok(!result.ok, source)
    assert.equal(result.isOverBudget, true, `${source}: ${result.error}`)
  }
})

test('text that doubles again and again is refused before it fills the memory', () => {
  const doubled = Array.from({ length: 40 }, () => '.map(x, x + x)').join('')
  const result = compile(`[self.free]${doubled}.size() > 0`).evaluate({ self: { free: 'ab' } })
  assert.ok(!result.ok)
})

test('an evaluation costs no more than its estimate', () => {
  const sources = [
    'self.short.all(x, x.startsWith("a") || x.size() > 2)',
    'self.short.exists(x, self.short.exists_one(y, x == y))',
    'self.short.map(x, x + "b").filter(x, x != "").size() >= 0',
    'self.map.all(k, k.size() < 10 && self.map[k] % 2 == 0)',
    'self.short.transformMap(i, v, v + "x").size() >= 0',
    'self.text.split("").join("-").replace("a", "bb").size() >= 0',
    'self.text.matches("^[a-z]*$") ? self.n + 1 > 0 : self.text.contains("x")',
    'self.short.sortBy(x, x).distinct().size() <= self.short.size()',
  ].map(compile)
  const objects = fc.record({
    short: fc.array(fc.string({ maxLength: 5 }), { maxLength: 10 }),
    map: fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 5 }),
    text: fc.string({ maxLength: 20 }),
    n: fc.integer(),
  })
  fc.assert(
    fc.property(objects, fc.constantFrom(...sources), (self, program) => {
      const { cost } = program.evaluate({ self })
      assert.ok(cost <= program.estimateCost().max, `${program.source} cost ${cost}`)
    }),
    { numRuns: 300 },
  )
})

test('a pattern that is too long to be kept costs its compiling each time', () => {
  const program = compile('self.free.matches(self.text) && "a".matches(self.text)')
  const cost = (length: number) =>
    program.evaluate({ self: { free: 'a', text: 'a|b'.padEnd(length, 'c') } }).cost
  assert.ok(cost(10_240) < 10_000, `${cost(10_240)}`)
  assert.ok(cost(10_241) > 200_000, `${cost(10_241)}`)
})
