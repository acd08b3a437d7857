import type { CustomResourceDefinitionNames } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { equal } from '../../../apimachinery/equality.ts'
import type { Definition, NewCondition } from './conditions.ts'

type Names = CustomResourceDefinitionNames

/** What the other definitions of a group have come to be known by. */
export interface UsedNames {
  readonly resources: ReadonlySet<string>
  readonly kinds: ReadonlySet<string>
}

export function usedNames(others: Iterable<Definition>, { spec, metadata }: Definition): UsedNames {
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const other of others) {
    if (other.spec.group !== spec.group || other.metadata.name === metadata.name) continue
    const {
      plural,
      singular = '',
      shortNames = [],
      kind,
      listKind = '',
    } = other.status.acceptedNames
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name)
    for (const name of [kind, listKind]) if (name) kinds.add(name)
  }
  return { resources, kinds }
}

/**
 * Which of the names that a definition asks for it gets: those that are its own already, or nobody else's. See
 * apiextensions-apiserver's pkg/controller/status.
 */
export function acceptNames(
  { spec, status }: Definition,
  { resources, kinds }: UsedNames,
): { readonly names: Names; readonly condition: NewCondition } {
  const [wanted, accepted] = [spec.names, status.acceptedNames]
  const problems: (readonly [reason: string, message: string])[] = []
  const accept = (
    field: 'plural' | 'singular' | 'kind' | 'listKind',
    used: ReadonlySet<string>,
    reason: string,
  ): string => {
    const [name = '', own = ''] = [wanted[field], accepted[field]]
    if (name === own || !used.has(name)) return name
    problems.push([reason, inUse(name)])
    return own
  }
  const plural = accept('plural', resources, 'PluralConflict')
  const singular = accept('singular', resources, 'SingularConflict')
  const shortNames = acceptShortNames(wanted, accepted, resources, problems)
  const kind = accept('kind', kinds, 'KindConflict')
  const listKind = accept('listKind', kinds, 'ListKindConflict')
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
  used: ReadonlySet<string>,
  problems: (readonly [string, string])[],
): readonly string[] {
  const [names, own] = [wanted.shortNames ?? [], accepted.shortNames ?? []]
  if (equal(names, own)) return own
  const taken = [...new Set(names.filter((each) => !own.includes(each) && used.has(each)))]
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
