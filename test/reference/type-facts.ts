import assert from 'node:assert/strict'
import { TYPE_EXCEPTIONS } from './exceptions.ts'
import { factLines, qualified } from './facts.ts'

/** What the facts say of a field that OpenAPI tells too. */
export interface FieldFact {
  readonly name: string
  readonly type: string
  readonly shape: 'single' | 'list' | 'map'
  readonly required: boolean
  /** Go writes the zero value of the field. */
  readonly written: boolean
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly listType?: string
  readonly mapKeys?: readonly string[]
  readonly atomic: boolean
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
}

export interface TypeFact {
  readonly atomic: boolean
  readonly fields: readonly FieldFact[]
}

/** All types of the facts, by OpenAPI name, where exceptions are made as we have them. */
export function typeFacts(): ReadonlyMap<string, TypeFact> {
  const ours = new Map(TYPE_EXCEPTIONS.map((each) => [each.fact, each.ours]))
  const types = new Map<string, { readonly atomic: boolean; readonly fields: FieldFact[] }>()
  for (const line of qualified(factLines('types.txt'))) {
    const [type, second] = line.split(' ')
    if (second === undefined || second === 'atomic')
      types.set(type!, { atomic: second === 'atomic', fields: [] })
    else types.get(type!)!.fields.push(parseField(ours.get(line) ?? line))
  }
  return types
}

/** The reverse of `fieldLine()`, with the type before it. */
function parseField(line: string): FieldFact {
  const { name, shape, type, rest } =
    /^\S+ (?<name>\S+) \S+ (?<shape>map |\[\])?(?<type>\S+)(?<rest>.*)$/.exec(line)!.groups!
  const words = new Map<string, string>()
  for (const [, word, value] of rest!.matchAll(/ ([a-z]+)(?:\(([^)]*)\))?/g))
    words.set(word!, value ?? '')
  const [listType, ...mapKeys] = words.get('list')?.split(' ') ?? []
  const [patchStrategy, patchMergeKey] = words.get('patch')?.split(' ') ?? []
  const told = words.get('default')
  assert.ok(name !== undefined && type !== undefined)
  return {
    name,
    type,
    shape: shape === undefined ? 'single' : shape === '[]' ? 'list' : 'map',
    required: words.has('required'),
    written: words.has('written'),
    atomic: words.has('atomic'),
    ...(words.has('enum') && { enum: words.get('enum')!.split('|') }),
    ...(told !== undefined && { default: JSON.parse(told) as unknown }),
    ...(listType !== undefined && { listType }),
    ...(mapKeys.length > 0 && { mapKeys }),
    ...(patchStrategy !== undefined && { patchStrategy }),
    ...(patchMergeKey !== undefined && { patchMergeKey }),
  }
}
