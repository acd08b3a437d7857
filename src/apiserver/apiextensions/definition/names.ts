import type { CustomResourceDefinitionNames } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { equal } from '../../../apimachinery/equality.ts'
import type { Definition, NewCondition } from './conditions.ts'

type Names = CustomResourceDefinitionNames

/** What the other definitions of a group have come to be known by. */
export interface UsedNames {
  readonly isResource: (name: string) => boolean
  readonly isKind: (name: string) => boolean
}

/** Which definitions have which names. */
export class NamesInUse {
  /** By `GROUP/NAME` of resources, and by `GROUP Kind` of kinds: the names of the definitions. */
  readonly #owners = new Map<string, Set<string>>()
  readonly #keys = new Map<string, readonly string[]>()

  put(definition: Definition): void {
    const { name } = definition.metadata
    this.delete(name)
    const keys = keysOf(definition)
    this.#keys.set(name, keys)
    for (const key of keys) this.#owners.getOrInsertComputed(key, () => new Set()).add(name)
  }

  delete(name: string): void {
    for (const key of this.#keys.get(name) ?? []) {
      const owners = this.#owners.get(key)
      owners?.delete(name)
      if (owners?.size === 0) this.#owners.delete(key)
    }
    this.#keys.delete(name)
  }

  /** The names that a definition cannot have because others of its group have them. */
  besides({ spec, metadata }: Definition): UsedNames {
    const isTaken = (key: string): boolean => {
      const owners = this.#owners.get(key)
      return owners !== undefined && (owners.size > 1 || !owners.has(metadata.name))
    }
    return {
      isResource: (name) => isTaken(`${spec.group}/${name}`),
      isKind: (name) => isTaken(`${spec.group} ${name}`),
    }
  }
}

function keysOf({ spec, status }: Definition): readonly string[] {
  const { plural, singular = '', shortNames = [], kind, listKind = '' } = status.acceptedNames
  return [
    ...[plural, singular, ...shortNames].filter(Boolean).map((name) => `${spec.group}/${name}`),
    ...[kind, listKind].filter(Boolean).map((name) => `${spec.group} ${name}`),
  ]
}

/**
 * Which of the names that a definition asks for it gets: those that are its own already, or nobody else's. See
 * apiextensions-apiserver's pkg/controller/status.
 */
export function acceptNames(
  { spec, status }: Definition,
  { isResource, isKind }: UsedNames,
): { readonly names: Names; readonly condition: NewCondition } {
  const [wanted, accepted] = [spec.names, status.acceptedNames]
  const problems: (readonly [reason: string, message: string])[] = []
  const accept = (
    field: 'plural' | 'singular' | 'kind' | 'listKind',
    isUsed: (name: string) => boolean,
    reason: string,
  ): string => {
    const [name = '', own = ''] = [wanted[field], accepted[field]]
    if (name === own || !isUsed(name)) return name
    problems.push([reason, inUse(name)])
    return own
  }
  const plural = accept('plural', isResource, 'PluralConflict')
  const singular = accept('singular', isResource, 'SingularConflict')
  const shortNames = acceptShortNames(wanted, accepted, isResource, problems)
  const kind = accept('kind', isKind, 'KindConflict')
  const listKind = accept('listKind', isKind, 'ListKindConflict')
  const names: Names = {
    plural,
    ...(singular && { singular }),
    ...(shortNames.length > 0 && { shortNames }),
    kind,
    ...(listKind && { listKind }),
    ...(wanted.categories && { categories: wanted.categories }),
  }
  return { names, condition: conditionFor(problems.at(-1)) }
}

function acceptShortNames(
  wanted: Names,
  accepted: Names,
  isUsed: (name: string) => boolean,
  problems: (readonly [string, string])[],
): readonly string[] {
  const [names, own] = [wanted.shortNames ?? [], accepted.shortNames ?? []]
  if (equal(names, own)) return own
  const taken = [...new Set(names.filter((each) => !own.includes(each) && isUsed(each)))]
  if (taken.length === 0) return names
  const texts = taken.map(inUse)
  problems.push(['ShortNamesConflict', texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`])
  return own
}

function inUse(name: string): string {
  return `${JSON.stringify(name)} is already in use`
}

function conditionFor(
  problem: readonly [reason: string, message: string] | undefined,
): NewCondition {
  const type = 'NamesAccepted'
  if (!problem)
    return { type, status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
  return { type, status: 'False', reason: problem[0], message: problem[1] }
}
