import { apiVersionOf } from '../../schema/resource.ts'
import type { ExternalVersion, OpenApi2 } from '../aggregator/external-versions.ts'
import type { Definition } from './definitions.ts'
import type { PartsV2 } from './version2.ts'

/** The documents of OpenAPI 3.0 that other servers have of what they answer, by their paths. */
export function externalDocuments(
  external: readonly ExternalVersion[],
): readonly (readonly [path: string, { readonly bytes: Uint8Array; readonly hash: string }])[] {
  return external.flatMap(({ group, version, described: { openApi3 } }) => {
    const path = `v3/${group === '' ? 'api' : 'apis'}/${apiVersionOf({ group, version })}`
    return openApi3 ? [[path, openApi3] as const] : []
  })
}

/** A document of OpenAPI 2.0 with what other servers say of what they answer. */
export function withExternalParts(own: PartsV2, external: readonly ExternalVersion[]): PartsV2 {
  return external.reduce(
    (parts, { described: { openApi2 } }) => (openApi2 ? merged(parts, openApi2) : parts),
    own,
  )
}

function merged(own: PartsV2, other: OpenApi2): PartsV2 {
  const { parameters = {} } = own.tail as {
    readonly parameters?: Readonly<Record<string, unknown>>
  }
  const known = new Map(own.definitions.map(({ name, json }) => [name, json]))
  const names = new Map([
    ...renamed('definitions', other.definitions, known),
    ...renamed('parameters', other.parameters, jsonOf(parameters)),
  ])
  const refer = (value: unknown): string =>
    JSON.stringify(value, (key, inner: unknown) =>
      key === '$ref' ? (names.get(String(inner)) ?? inner) : inner,
    )
  const nameOf = (part: string, name: string): string => {
    const ref = `#/${part}/${name}`
    return (names.get(ref) ?? ref).slice(part.length + 3)
  }
  const partsOf = (part: string, of: Readonly<Record<string, unknown>>): readonly Definition[] =>
    Object.entries(of).map(([name, value]) => ({ name: nameOf(part, name), json: refer(value) }))
  const fresh = partsOf('definitions', other.definitions).filter(({ name }) => !known.has(name))
  const more = partsOf('parameters', other.parameters).map(
    ({ name, json }) => [name, JSON.parse(json) as unknown] as const,
  )
  return {
    ...own,
    paths: [
      ...own.paths,
      ...Object.entries(other.paths).map(([name, item]) => ({ name, json: refer(item) })),
    ],
    definitions: [...own.definitions, ...fresh].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    tail: { ...own.tail, parameters: { ...Object.fromEntries(more), ...parameters } },
  }
}

function jsonOf(of: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(of).map(([name, value]) => [name, JSON.stringify(value)]))
}

/** New references to what has the name of something else here, by the old ones. */
function renamed(
  part: string,
  other: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  return Object.entries(other).flatMap(([name, value]) => {
    const own = known.get(name)
    if (own === undefined || own === JSON.stringify(value)) return []
    let number = 2
    while (known.has(`${name}_v${number}`) || `${name}_v${number}` in other) number += 1
    return [[`#/${part}/${name}`, `#/${part}/${name}_v${number}`] as const]
  })
}
