// Writes the facts of one Kubernetes release, as lines that the tests beside this file compare with what we declare and
// serve. Run it when there is a newer release to follow:
//
//   node test/reference/make-facts.ts FOLDER
//
// FOLDER holds api-types.json, api-resources.json and printer-columns.json, read from Kubernetes' own sources.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { columnLines, type Column } from './column-lines.ts'
import { resourceLine } from './resource-lines.ts'
import { fieldLine, typeLine, type FieldFacts } from './type-lines.ts'

interface ItemFact {
  readonly type: string
  readonly ref?: string
  readonly named?: string
  readonly enum?: readonly string[]
  readonly enumClosed?: boolean
  readonly items?: ItemFact
  readonly values?: ItemFact
}

interface FieldFact extends ItemFact {
  readonly name: string | null
  readonly required?: boolean
  readonly omit?: string
  readonly ptr?: boolean
  readonly proto?: { readonly tag: number }
  readonly via?: readonly { readonly proto?: { readonly tag: number } }[]
  readonly default?: unknown
  readonly listType?: string
  readonly listMapKeys?: readonly string[]
  readonly mapType?: string
  readonly structType?: string
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  readonly deprecated?: boolean
}

interface TypeFact {
  readonly reach: string
  readonly structType?: string
  readonly fields?: readonly FieldFact[]
}

interface ResourceFact {
  readonly group: string
  readonly resource: string
  readonly singular: string
  readonly kind: string
  readonly listKind: string | null
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly storageVersion: string | null
  readonly groupPreferredVersion: string
  readonly versions: readonly VersionFact[]
}

interface VersionFact {
  readonly version: string
  readonly type: string
  readonly servedByDefault: boolean
  readonly verbs: readonly string[]
  readonly subresources: readonly SubresourceFact[]
}

interface SubresourceFact {
  readonly name: string
  readonly kind: string
  readonly verbs: readonly string[]
  readonly group?: string
  readonly version?: string
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('Name the folder that holds the facts')
  for (const [name, lines] of factFiles(folder))
    writeFileSync(join(import.meta.dirname, 'facts', name), `${lines.join('\n')}\n`)
}

/** The lines of each file of facts, as a folder of what was read from Kubernetes' sources gives them. */
export function factFiles(folder: string): ReadonlyMap<string, readonly string[]> {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const types = read('api-types.json') as Readonly<Record<string, TypeFact>>
  const resources = read('api-resources.json') as readonly ResourceFact[]
  const columns = read('printer-columns.json') as Readonly<Record<string, ColumnFact>>
  return new Map([
    ['types.txt', typeFacts(types, resources)],
    ['resources.txt', resourceFacts(resources, true)],
    ['optional-resources.txt', resourceFacts(resources, false)],
    ['columns.txt', columnFacts(columns)],
    ['preferred-versions.txt', preferredVersions(resources)],
  ])
}

function typeFacts(
  types: Readonly<Record<string, TypeFact>>,
  resources: readonly ResourceFact[],
): string[] {
  const known = reachable(types, resources)
  return Object.entries(types)
    .filter(([name, { fields }]) => fields && known.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { fields, structType }]) => [
      typeLine(name, structType === 'atomic'),
      ...fields!
        .filter((field) => field.name !== null)
        .map((field) => fieldLine(field.name!, factsOf(field)))
        .toSorted(),
    ])
}

/** Packages still hold kinds that no version serves any more: what only those are made of is left out. */
function reachable(
  types: Readonly<Record<string, TypeFact>>,
  resources: readonly ResourceFact[],
): ReadonlySet<string> {
  const always = Object.keys(types).filter((name) => types[name]!.reach !== 'off')
  const kinds = resources.flatMap(({ listKind, versions }) =>
    versions.flatMap(({ type }) => [type, type.replace(/[^.]+$/, listKind ?? '')]),
  )
  const known = new Set([...always, ...kinds])
  for (const name of known) {
    for (const field of types[name]?.fields ?? []) {
      const { ref } = itemOf(field)
      if (ref !== undefined) known.add(ref)
    }
  }
  return known
}

function itemOf(field: ItemFact): ItemFact {
  return field.items ?? field.values ?? field
}

function factsOf(field: FieldFact): FieldFacts {
  const isVerbs = field.named?.endsWith('.Verbs') === true
  const shape = isVerbs
    ? 'single'
    : field.type === 'array'
      ? 'list'
      : field.type === 'map'
        ? 'map'
        : 'single'
  const item = isVerbs ? field : itemOf(field)
  return {
    type: typeName(item),
    shape,
    tags: field.proto ? [...viaTags(field), field.proto.tag] : [],
    required: field.required === true,
    zero: zeroOf(field),
    default: field.default,
    enum: item.enumClosed ? item.enum : undefined,
    listType: field.listType,
    mapKeys: field.listMapKeys,
    atomic: field.mapType === 'atomic' || field.structType === 'atomic',
    patchStrategy: field.patchStrategy,
    patchMergeKey: field.patchMergeKey,
    deprecated: field.deprecated === true,
  }
}

function viaTags({ via = [] }: FieldFact): number[] {
  return via.flatMap(({ proto }) => (proto ? [proto.tag] : []))
}

function typeName(item: ItemFact): string {
  if (item.type === 'array') return 'stringList'
  if (item.type === 'any') return 'json'
  return item.type === 'ref' ? item.ref! : item.type
}

/** What Go's encoder does with the zero value. It never leaves out a struct. */
function zeroOf({ ptr, omit, type }: FieldFact): FieldFacts['zero'] {
  if (ptr) return 'kept'
  return omit && type !== 'ref' && type !== 'quantity' ? 'dropped' : 'written'
}

function resourceFacts(resources: readonly ResourceFact[], servedByDefault: boolean): string[] {
  return resources
    .flatMap((resource) =>
      resource.versions
        .filter((each) => each.servedByDefault === servedByDefault)
        .map((each) => resourceLine(factsOfResource(resource, each))),
    )
    .toSorted()
}

function preferredVersions(resources: readonly ResourceFact[]): string[] {
  const lines = resources.map(
    ({ group, groupPreferredVersion: version }) => `${group === '' ? 'core' : group} ${version}`,
  )
  return [...new Set(lines)].toSorted()
}

function factsOfResource(resource: ResourceFact, { version, verbs, subresources }: VersionFact) {
  const { group, storageVersion, resource: plural } = resource
  return {
    ...resource,
    version,
    plural,
    verbs,
    subresources: subresources.map((each) => ({ group, version, ...each })),
    storedAs: storageVersion === null ? undefined : storedAs(group, storageVersion),
  }
}

/** Mostly a version of the group; events are those of the core group. */
function storedAs(group: string, version: string): string {
  if (version.startsWith('core/')) return version.slice('core/'.length)
  return group === '' ? version : `${group}/${version}`
}

interface ColumnFact {
  readonly columns?: readonly (Omit<Column, 'format'> & { readonly format?: string })[]
}

function columnFacts(kinds: Readonly<Record<string, ColumnFact>>): string[] {
  return Object.entries(kinds)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([kind, { columns }]) => columnLines(kind, columns ?? []))
}
