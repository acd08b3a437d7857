import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  subtractQuantities,
  type Quantity,
} from '../../schema/quantity.ts'

/** Amounts by resource name, as canonical text. */
export type ResourceList = Readonly<Record<string, string>>

const ZERO: Quantity = { nano: 0n, format: 'DecimalSI' }

function read(text: string | undefined): Quantity {
  return (text === undefined ? undefined : parseQuantity(text)) ?? ZERO
}

/** The sums; a name that only one of the two has counts as zero in the other. */
export function addResources(a: ResourceList, b: ResourceList): ResourceList {
  return combine(a, b, addQuantities)
}

/** How much more there is in the first; a name that only one of the two has counts as zero in the other. */
export function increasedResources(a: ResourceList, b: ResourceList): ResourceList {
  const difference = combine(a, b, subtractQuantities)
  return maskResources(difference, positiveResources(difference))
}

function combine(
  a: ResourceList,
  b: ResourceList,
  operation: (a: Quantity, b: Quantity) => Quantity,
): ResourceList {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries(
    [...names].map((name) => [name, formatQuantity(operation(read(a[name]), read(b[name])))]),
  )
}

/** Only these names. */
export function maskResources(list: ResourceList, names: Iterable<string>): ResourceList {
  const wanted = new Set(names)
  return Object.fromEntries(Object.entries(list).filter(([name]) => wanted.has(name)))
}

/** The names of amounts above zero. */
export function positiveResources(list: ResourceList): readonly string[] {
  return Object.keys(list).filter((name) => read(list[name]).nano > 0n)
}

/** The names of amounts below zero. */
export function negativeResources(list: ResourceList): readonly string[] {
  return Object.keys(list).filter((name) => read(list[name]).nano < 0n)
}

/** The names of which there is more than the bound. */
export function exceeding(list: ResourceList, bounds: ResourceList): readonly string[] {
  return Object.keys(list).filter(
    (name) => bounds[name] !== undefined && compareResources(list[name], bounds[name]) > 0,
  )
}

/** Negative where the first amount is less, positive where it is more. */
export function compareResources(a: string | undefined, b: string | undefined): number {
  return compareQuantities(read(a), read(b))
}

/** As error messages show it: `cpu=1,memory=1Gi`. */
export function formatResources(list: ResourceList): string {
  return Object.keys(list)
    .toSorted()
    .map((name) => `${name}=${list[name]}`)
    .join(',')
}
