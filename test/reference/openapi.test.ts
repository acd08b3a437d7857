import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Documents } from '../../src/apiserver/openapi/documents.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { openapiName } from '../../src/schema/message.ts'
import { apiVersionOf, type ResourceClass } from '../../src/schema/resource.ts'
import { defaultKinds, optionalKinds } from './declared.ts'
import { expectedSchema, NAMED, type Schema, type Version } from './expected-schema.ts'
import { typeFacts } from './type-facts.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
/** What paths refer to beside the kinds, by what can be done. */
const BY_VERB: Readonly<Record<string, readonly string[]>> = {
  delete: [`${META}.DeleteOptions`, `${META}.Status`],
  patch: [`${META}.Patch`],
  watch: [`${META}.WatchEvent`],
}
const DISCOVERY = ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions']
const SCALARS: ReadonlySet<string> = new Set(Object.values(NAMED))

type Definitions = Readonly<Record<string, Schema>>

let kinds: readonly ResourceClass[] = []
/** By path, as they are served below `/openapi/`. */
let documents: ReadonlyMap<string, Definitions> = new Map()

before(async () => {
  kinds = [...defaultKinds, ...(await optionalKinds())]
  const [v2, v3] = await Promise.all([served('v2'), served('v3')])
  documents = new Map([...v2, ...v3])
})

async function served(form: 'v2' | 'v3'): Promise<readonly [string, Definitions][]> {
  const options = {
    clock: systemClock,
    crypto: nodeCrypto(),
    types: () => kinds,
    release: 'v1.36.0',
  }
  const all = await new Documents(form, options).all()
  return [...all].map(([path, { bytes }]) => {
    const document = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly definitions?: Definitions
      readonly components?: { readonly schemas?: Definitions }
    }
    return [path, document.definitions ?? document.components?.schemas ?? {}]
  })
}

test('OpenAPI defines what the paths of all kinds lead to, and nothing else', () => {
  const discovery = DISCOVERY.map((name) => `${META}.${name}`)
  const always = [...discovery, 'io.k8s.apimachinery.pkg.version.Info']
  const expected = reachable([...kinds.flatMap(rootsOf), ...always])
  assert.deepEqual(Object.keys(documents.get('v2')!).toSorted(), expected)
})

test('OpenAPI of a group and version defines what its own paths lead to', () => {
  for (const [apiVersion, of] of Map.groupBy(kinds, ({ resource }) => apiVersionOf(resource))) {
    const path = `v3/${apiVersion === 'v1' ? 'api' : 'apis'}/${apiVersion}`
    const expected = reachable([...of.flatMap(rootsOf), `${META}.APIResourceList`])
    assert.deepEqual(Object.keys(documents.get(path)!).toSorted(), expected, path)
  }
})

test('every definition is that of Kubernetes 1.36 but for its descriptions', () => {
  const facts = typeFacts()
  const differences: string[] = []
  for (const [path, definitions] of documents) {
    const version: Version = path === 'v2' ? 2 : 3
    for (const [name, schema] of Object.entries(definitions)) {
      if (SCALARS.has(name)) continue
      const fact = facts.get(name)
      assert.ok(fact, name)
      const { 'x-kubernetes-group-version-kind': _, ...ours } = comparable(schema)
      const expected = comparable(expectedSchema(fact, version))
      try {
        assert.deepEqual(ours, expected)
      } catch (error) {
        differences.push(`${name} in ${path}: ${(error as Error).message}`)
      }
    }
  }
  assert.deepEqual(differences, [])
})

test('kinds and their lists say what they are', () => {
  const definitions = documents.get('v2')!
  for (const type of kinds) {
    const { group, version, kind, verbs } = type.resource
    const names = verbs.includes('list') ? [kind, `${kind}List`] : [kind]
    for (const each of names) {
      const name = `${type.info.package}.${each}`
      assert.deepEqual(
        definitions[name]!['x-kubernetes-group-version-kind'],
        [{ group, kind: each, version }],
        name,
      )
    }
  }
})

/** The types that the paths of a kind name. */
function rootsOf(type: ResourceClass): readonly string[] {
  const own = openapiName(type)
  const { verbs, subresources } = type.resource
  const bodies = subresources.filter(({ kind }) => !kind.endsWith('Options')).map(bodyOf)
  const done = verbs.flatMap((verb) => BY_VERB[verb] ?? [])
  return [own, ...(verbs.includes('list') ? [`${own}List`] : []), ...bodies, ...done]
}

const PACKAGES = new Map<string, string>([
  ['autoscaling/v1', 'io.k8s.api.autoscaling.v1'],
  ['authentication.k8s.io/v1', 'io.k8s.api.authentication.v1'],
])

function bodyOf({
  group,
  version,
  kind,
}: {
  readonly group: string
  readonly version: string
  readonly kind: string
}): string {
  const apiVersion = apiVersionOf({ group, version })
  const like = kinds.find(({ resource }) => apiVersionOf(resource) === apiVersion)
  return `${PACKAGES.get(apiVersion) ?? like!.info.package}.${kind}`
}

/** All types that some types lead to, sorted. */
function reachable(roots: readonly string[]): readonly string[] {
  const facts = typeFacts()
  const known = new Set(roots)
  for (const name of known) {
    for (const { type } of facts.get(name)?.fields ?? []) {
      if (type.startsWith('io.k8s.')) known.add(type)
      else if (NAMED[type] !== undefined) known.add(NAMED[type])
    }
  }
  return [...known].toSorted()
}

/** Without descriptions, and with `required` sorted, whose order says nothing. */
function comparable(value: unknown): Schema {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) =>
      key === 'description' && typeof each === 'string'
        ? undefined
        : key === 'required' && Array.isArray(each)
          ? (each as string[]).toSorted()
          : each,
    ),
  ) as Schema
}
