import { MemoryStore } from '../src/storage/memory/memory-store.ts'
import { systemClock } from '../src/base/clock.node.ts'
import { silentLogger } from '../src/base/logger.ts'
import { seededRandom } from '../src/base/random.ts'
import { nodeCrypto } from '../src/base/crypto.node.ts'
import { createApiServer, type ApiServer } from '../src/apiserver/api-server.ts'
import { DiscoveryDocuments } from '../src/apiserver/discovery/documents.ts'
import type { Transport } from '../src/client/transport.ts'
import type { Figure, Row } from './row.ts'

const GROUP = 'bench.example.com'
const FIELDS = 1000
const RULES = 20
/** How many of its fields an object has: those that the rules read, and some more. */
const SET_FIELDS = 80
const OBJECTS = 1000
const DEFINITIONS = 1000

/** What custom resources cost inside the API server, without HTTP and without a disk. */
export const CUSTOM_RESOURCE_ROWS: readonly Row[] = [
  {
    name: 'custom-create',
    what: `creating a custom object, schema of ${FIELDS} fields, ${RULES} CEL rules`,
    measure: measureCreate,
  },
  {
    name: 'custom-definitions',
    what: `${DEFINITIONS} definitions established, and their discovery`,
    measure: measureDefinitions,
  },
]

interface Bench extends AsyncDisposable {
  readonly server: ApiServer
  readonly transport: Transport
}

async function start(): Promise<Bench> {
  const store = new MemoryStore({ clock: systemClock })
  const server = createApiServer({
    store,
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
    authorizers: [{ name: 'all', authorize: () => ({ decision: 'allow', reason: '' }) }],
  })
  await server.start()
  return {
    server,
    transport: server.transportFor({ name: 'bench', groups: ['system:masters'] }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

function definition(plural: string, spec: object): object {
  const kind = plural.charAt(0).toUpperCase() + plural.slice(1, -1)
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
}

const DEFINITION = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
} as const

/** Creates definitions, and resolves once the API server serves them all. */
async function define({ server, transport }: Bench, bodies: readonly object[]): Promise<void> {
  const established = followEstablished(transport, bodies.length)
  await Promise.all(bodies.map((body) => transport.call({ ...DEFINITION, verb: 'create', body })))
  await established
  if (server.registry.all().length < bodies.length) throw new Error('not all are served')
}

async function followEstablished(transport: Transport, count: number): Promise<void> {
  const seen = new Set<string>()
  for await (const { object } of transport.watch({ ...DEFINITION, verb: 'watch' })) {
    const { metadata, status } = object as {
      readonly metadata: { readonly name: string }
      readonly status: { readonly conditions: readonly { type: string; status: string }[] }
    }
    const isDone = status.conditions.some(
      (each) => each.type === 'Established' && each.status === 'True',
    )
    if (isDone) seen.add(metadata.name)
    if (seen.size === count) return
  }
}

async function measureCreate(): Promise<readonly Figure[]> {
  await using bench = await start()
  const names = Array.from({ length: FIELDS }, (_, i) => `field${i}`)
  const properties = Object.fromEntries(
    names.map((name, i) => [
      name,
      i % 3 === 0 ? { type: 'string', maxLength: 40 } : { type: 'integer', minimum: 0 },
    ]),
  )
  const validations = Array.from({ length: RULES }, (_, i) => ({
    rule: `self.field${i * 3 + 1} < self.field${i * 3 + 2} || self.field${i * 3}.startsWith('value')`,
  }))
  const spec = { type: 'object', properties, 'x-kubernetes-validations': validations }
  await define(bench, [definition('wides', spec)])
  const values = Object.fromEntries(
    names.slice(0, SET_FIELDS).map((name, i) => [name, i % 3 === 0 ? `value-${i}` : i]),
  )
  const create = (name: string): Promise<unknown> =>
    bench.transport.call({
      group: GROUP,
      version: 'v1',
      resource: 'wides',
      namespace: 'default',
      verb: 'create',
      body: { metadata: { name }, spec: { ...values } },
    })
  for (let i = 0; i < OBJECTS; i++) await create(`warm-${i}`)
  const startMs = performance.now()
  for (let i = 0; i < OBJECTS; i++) await create(`object-${i}`)
  const us = ((performance.now() - startMs) * 1000) / OBJECTS
  return [
    {
      name: 'custom create',
      value: us,
      unit: 'µs',
      goal: '250',
      note: `${SET_FIELDS} fields set, store in memory, ownership of fields tracked`,
    },
  ]
}

async function measureDefinitions(): Promise<readonly Figure[]> {
  const before = process.memoryUsage().rss
  await using bench = await start()
  const text = { type: 'string', description: 'A text that says something of the object.' }
  const properties = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`field${i}`, text]))
  const spec = { type: 'object', properties }
  const names = Array.from({ length: DEFINITIONS }, (_, i) => `kind${letters(i)}s`)
  const startMs = performance.now()
  await define(
    bench,
    names.map((name) => definition(name, spec)),
  )
  const seconds = (performance.now() - startMs) / 1000
  const { registry } = bench.server
  const documents = new DiscoveryDocuments(
    () => registry.all().map(({ type }) => type),
    nodeCrypto(),
  )
  const discoveryMs = performance.now()
  documents.find('/apis', { form: 'v2', encoding: 'json' })
  const ms = performance.now() - discoveryMs
  const mib = (process.memoryUsage().rss - before) / 2 ** 20
  return [
    { name: '1,000 definitions established', value: seconds, unit: 's', goal: '20' },
    { name: 'memory for 1,000 definitions', value: mib, unit: 'MiB', goal: '400' },
    {
      name: 'discovery of 1,000 definitions',
      value: ms,
      unit: 'ms',
      goal: '20',
      note: 'made anew',
    },
  ]
}

function letters(i: number): string {
  return [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
}
