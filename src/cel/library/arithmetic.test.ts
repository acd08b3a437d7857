import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { scalar, celEnvironment, celTypes, compileCel } from '../index.ts'

const INT = scalar(celTypes.INT)
const ENVIRONMENT = celEnvironment({ variables: { a: INT, b: INT } })
const INT64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n),
)

function program(source: string) {
  const compiled = compileCel(source, ENVIRONMENT)
  assert.ok(compiled.ok)
  return compiled.program
}

const OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  'a + b': (a, b) => a + b,
  'a - b': (a, b) => a - b,
  'a * b': (a, b) => a * b,
  'a / b': (a, b) => a / b,
  'a % b': (a, b) => a % b,
  '-a': (a) => -a,
}

for (const [source, exact] of Object.entries(OPERATIONS)) {
  test(`${source} is exact or an error`, () => {
    const compiled = program(source)
    fc.assert(
      fc.property(INT64, INT64, (a, b) => {
        const result = compiled.evaluate({ a, b })
        if (b === 0n && /[/%]/.test(source)) {
          assert.ok(!result.ok && result.error.endsWith(' by zero'))
          return
        }
        const wanted = exact(a, b)
        if (BigInt.asIntN(64, wanted) === wanted) assert.ok(result.ok && result.value === wanted)
        else assert.ok(!result.ok && result.error === 'integer overflow')
      }),
    )
  })
}

test('integers and doubles round-trip through text', () => {
  const ints = program('int(string(a)) == a && uint(string(b < 0 ? 0 : b)) >= 0u')
  fc.assert(
    fc.property(INT64, INT64, (a, b) => {
      const result = ints.evaluate({ a, b })
      assert.ok(result.ok && result.value === true)
    }),
  )
  const environment = celEnvironment({ variables: { x: scalar(celTypes.DOUBLE) } })
  const compiled = compileCel('double(string(x)) == x', environment)
  assert.ok(compiled.ok)
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (x) => {
      const isWhole = Number.isInteger(x)
      const variables = { x: isWhole ? BigInt(x) : x }
      if (isWhole) return
      const result = compiled.program.evaluate(variables)
      assert.ok(result.ok && result.value === true, String(x))
    }),
  )
})
