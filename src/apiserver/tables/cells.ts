import { formatSelector, selectorFrom, type LabelSelector } from '../../apimachinery/labels.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'

export const NONE = '<none>'
export const UNSET = '<unset>'

type Labels = Readonly<Record<string, string>>

/** Labels as one text: `a=b,c=d`. */
export function labelsCell(labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return pairs.toSorted().join(',') || NONE
}

/** What a LabelSelector selects. */
export function selectorCell(selector: LabelSelector | undefined): string {
  return selectorText(selector, '<error>') || NONE
}

/** The same, empty where it selects nothing or everything. */
export function selectorText(selector: LabelSelector | undefined, invalid: string): string {
  try {
    return formatSelector(selectorFrom(selector))
  } catch (error) {
    if (error instanceof ParseError) return invalid
    throw error
  }
}

interface Container {
  readonly name: string
  readonly image?: string
}

/** Names and images of containers, as two cells. */
export function containerCells(containers: readonly Container[] = []): readonly [string, string] {
  return [
    containers.map(({ name }) => name).join(','),
    containers.map(({ image = '' }) => image).join(','),
  ]
}

const LISTED_MAX = 3

/** The first few of many, and how many more there are. */
export function listCell(items: readonly string[]): string {
  return shortened(items.slice(0, LISTED_MAX).join(','), items.length - LISTED_MAX) || UNSET
}

export function shortened(listed: string, more: number): string {
  return more > 0 ? `${listed} + ${more} more...` : listed
}

const ACCESS_MODES: readonly (readonly [mode: string, short: string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]

/** Access modes of a volume in short: `RWO,ROX`. */
export function accessModesCell(modes: readonly string[] = []): string {
  return ACCESS_MODES.flatMap(([mode, short]) => (modes.includes(mode) ? [short] : [])).join(',')
}

/** `kind.group/name`, all but the name in lower case. */
export function resourceCell(resource: string | undefined, group: string, name: string): string {
  return `${(group === '' ? (resource ?? '') : `${resource}.${group}`).toLowerCase()}/${name}`
}

/** As Go prints a boolean that may be missing. */
export function boolCell(value: boolean | undefined): string {
  if (value === undefined) return UNSET
  return value ? 'True' : 'False'
}
