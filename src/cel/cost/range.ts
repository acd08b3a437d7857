/** Least and most of a size or a cost. Sums and products stop at what 64 bits hold. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** As much as anything can be: of something nothing is known about. */
export const UNLIMITED = 2 ** 64

export const UNKNOWN: Range = { min: 0, max: UNLIMITED }
export const ZERO: Range = fixed(0)
export const ONE: Range = fixed(1)

export function fixed(value: number): Range {
  return { min: value, max: value }
}

export function plus(...ranges: readonly Range[]): Range {
  let [min, max] = [0, 0]
  for (const range of ranges) {
    min += range.min
    max += range.max
  }
  return capped(min, max)
}

export function times(a: Range, b: Range): Range {
  return capped(a.min * b.min, a.max * b.max)
}

/** Multiplied by a factor and rounded up. */
export function scaled({ min, max }: Range, factor: number): Range {
  return capped(Math.ceil(min * factor), Math.ceil(max * factor))
}

/** What covers both. */
export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
}

function capped(min: number, max: number): Range {
  return { min: Math.min(min, UNLIMITED), max: Math.min(max, UNLIMITED) }
}
