import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import {
  AUTHORIZER_TYPE,
  DYN,
  authorizerValue,
  celEnvironment,
  celTypes,
  compileCel,
  toJson,
  typesFromSchema,
} from './index.ts'
import type { AuthorizerCheck, Environment } from './index.ts'

const SELF = typesFromSchema({
  type: 'object',
  properties: {
    n: { type: 'integer' },
    ratio: { type: 'number' },
    'foo-bar': { type: 'string', maxLength: 10 },
    names: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 5 } },
    port: { 'x-kubernetes-int-or-string': true },
    at: { type: 'string', format: 'date-time' },
  },
})!
const ENVIRONMENT = celEnvironment({ variables: { self: SELF, any: DYN } })

function evaluate(source: string, variables = {}, environment: Environment = ENVIRONMENT): unknown {
  const compiled = compileCel(source, environment)
  if (!compiled.ok) return compiled.message
  const result = compiled.program.evaluate(variables)
  return result.ok ? toJson(result.value) : result.error
}

test('integers stay integers and doubles doubles, by the schema', () => {
  const self = { n: 7, ratio: 2, port: 80 }
  assert.equal(evaluate('self.n / 2', { self }), 3)
  assert.equal(evaluate('self.n % 2', { self }), 1)
  assert.equal(evaluate('self.ratio / 4.0', { self }), 0.5)
  assert.equal(evaluate('self.port + 1', { self }), 81)
  assert.equal(evaluate('9223372036854775807 + self.n', { self }), 'integer overflow')
  assert.equal(evaluate('any.n / 2', { any: self }), 3)
})

test('names of properties are escaped, and absent fields are told by name', () => {
  assert.equal(evaluate('self.foo__dash__bar', { self: { 'foo-bar': 'x' } }), 'x')
  assert.equal(evaluate('self.foo__dash__bar', { self: {} }), 'no such key: foo__dash__bar')
  assert.equal(evaluate('has(self.foo__dash__bar)', { self: {} }), false)
  assert.equal(
    evaluate('self.at < timestamp("2026-01-01T00:00:00Z")', {
      self: { at: '2025-12-31T23:00:00Z' },
    }),
    true,
  )
})

test('compileCel() says what is wrong as cel-go does', () => {
  assert.equal(
    evaluate('self.n ==\n  self.m'),
    "ERROR: <input>:2:7: undefined field 'm'\n |   self.m\n | ......^",
  )
  assert.equal(
    evaluate('self.n + "a"'),
    "ERROR: <input>:1:8: found no matching overload for '_+_' applied to '(int, string)'\n | self.n + \"a\"\n | .......^",
  )
  const wrong = compileCel('self.n', ENVIRONMENT, { resultTypes: [celTypes.BOOL] })
  assert.deepEqual(wrong, {
    ok: false,
    stage: 'result',
    message: 'must evaluate to bool but got int',
    issues: [],
  })
  const dynamic = compileCel('any.n', ENVIRONMENT, {
    resultTypes: [celTypes.STRING, celTypes.NULL],
  })
  assert.equal(
    !dynamic.ok && dynamic.message,
    'must evaluate to one of [string null_type] but got dyn',
  )
  assert.ok(compileCel('any.n', ENVIRONMENT, { resultTypes: [celTypes.DYN] }).ok)
})

test('evaluate() stops where the limit is reached', () => {
  const compiled = compileCel('self.names.all(x, self.names.all(y, x != y || true))', ENVIRONMENT)
  assert.ok(compiled.ok)
  const self = { names: Array.from({ length: 10 }, (_, i) => `n${i}`) }
  const { program } = compiled
  const whole = program.evaluate({ self })
  assert.ok(whole.ok && whole.cost <= program.estimateCost().max)
  const stopped = program.evaluate({ self }, { costLimit: whole.cost - 1 })
  assert.ok(!stopped.ok && stopped.isOverBudget)
  assert.equal(stopped.error, 'operation cancelled: actual cost limit exceeded')
})

test('evaluateAsync() waits for the authorizer and asks each question once', async () => {
  const asked: AuthorizerCheck[] = []
  const authorizer = authorizerValue(async (check) => {
    asked.push(check)
    return { allowed: check.verb === 'get', reason: 'because' }
  })
  const environment = celEnvironment({ variables: { authorizer: AUTHORIZER_TYPE } })
  const pods = `authorizer.group('').resource('pods').namespace('a')`
  const source = `${pods}.check('get').allowed() && !${pods}.check('list').allowed() && ${pods}.check('get').reason() == 'because'`
  const compiled = compileCel(source, environment)
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.message)
  const result = await compiled.program.evaluateAsync({ authorizer }, { costLimit: 2_000_000 })
  assert.ok(result.ok && result.value === true)
  assert.deepEqual(asked, [
    { group: '', resource: 'pods', namespace: 'a', verb: 'get' },
    { group: '', resource: 'pods', namespace: 'a', verb: 'list' },
  ])
})
