import type { JsonSchema } from '../src/cel/index.ts'
import { celEnvironment, compileCel, typesFromSchema } from '../src/cel/index.ts'
import type { Figure, Row } from './row.ts'

const text = (maxLength: number): JsonSchema => ({ type: 'string', maxLength })
const INTEGER: JsonSchema = { type: 'integer' }
const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    replicas: INTEGER,
    minReplicas: INTEGER,
    maxReplicas: INTEGER,
    name: text(64),
    mode: text(10),
    size: text(20),
    hosts: { type: 'array', maxItems: 20, items: text(100) },
    rules: {
      type: 'array',
      maxItems: 10,
      items: { type: 'object', properties: { name: text(50), port: INTEGER } },
    },
    labels: { type: 'object', maxProperties: 10, additionalProperties: text(63) },
  },
}

/** Twenty rules of the sorts that custom resources have. */
const RULES = [
  'self.minReplicas <= self.replicas',
  'self.replicas <= self.maxReplicas',
  'has(self.name) && self.name.size() > 0',
  "self.name.matches('^[a-z0-9-]+$')",
  "self.hosts.all(host, host.endsWith('.example.com'))",
  'self.rules.all(rule, rule.port > 0 && rule.port < 65536)',
  "self.rules.exists_one(rule, rule.name == 'http')",
  "self.mode in ['A', 'B', 'C']",
  '!has(oldSelf.name) || oldSelf.name == self.name',
  "self.labels.all(key, key.startsWith('app'))",
  'self.replicas % 2 == 0',
  "self.mode == 'A' ? self.replicas > 1 : true",
  "quantity(self.size).isGreaterThan(quantity('1Gi'))",
  'size(self.rules) <= 10',
  'self.rules.map(rule, rule.name).size() > 0',
  "!(self.mode == 'B' && self.replicas > 5)",
  "has(self.labels) && 'app' in self.labels",
  "self.hosts.size() == 0 || self.hosts[0] != ''",
  "self.name.startsWith('my') || self.replicas < 100",
  'self.rules.filter(rule, rule.port == 80).size() <= 1',
]

const OBJECT = {
  replicas: 4,
  minReplicas: 1,
  maxReplicas: 10,
  name: 'my-app',
  mode: 'A',
  size: '2Gi',
  hosts: ['a.example.com', 'b.example.com', 'c.example.com'],
  rules: [
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ],
  labels: { app: 'x', 'app-version': 'y' },
}

const ROUNDS = 20_000

export const CEL_ROWS: readonly Row[] = [
  {
    name: 'cel',
    what: 'compiling and evaluating 20 typical rules of a custom resource',
    measure: async () => measureCel(),
  },
]

function measureCel(): Figure[] {
  const self = typesFromSchema(SCHEMA)!
  const environment = celEnvironment({ variables: { self, oldSelf: self } })
  const compile = () =>
    RULES.map((rule) => {
      const compiled = compileCel(rule, environment)
      if (!compiled.ok) throw new Error(`Cannot compile ${rule}: ${compiled.message}`)
      return compiled.program
    })
  const programs = compile()
  const evaluate = (): void => {
    for (const program of programs) {
      const result = program.evaluate({ self: OBJECT, oldSelf: OBJECT })
      if (!result.ok || result.value !== true) throw new Error(`${program.source} does not hold`)
    }
  }
  const loop = compileCel(
    'lists.range(1000).all(x, lists.range(100).all(y, x + y >= 0))',
    environment,
  )
  if (!loop.ok) throw new Error(loop.message)
  const whole = loop.program.evaluate({})
  return [
    { name: 'compile one rule', value: microseconds(50, compile) / RULES.length, unit: 'µs' },
    { name: 'evaluate 20 rules', value: microseconds(ROUNDS, evaluate), unit: 'µs', goal: '100' },
    {
      name: 'one unit of cost',
      value: (microseconds(3, () => loop.program.evaluate({})) * 1000) / whole.cost,
      unit: 'ns',
      note: 'Kubernetes reckons with 50',
    },
  ]
}

/** Of one round, once the code is warm. */
function microseconds(rounds: number, run: () => void): number {
  for (let i = 0; i < rounds / 4; i++) run()
  const start = performance.now()
  for (let i = 0; i < rounds; i++) run()
  return ((performance.now() - start) * 1000) / rounds
}
