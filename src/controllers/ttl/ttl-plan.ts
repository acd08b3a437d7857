interface Boundary {
  /** Below so many nodes the step before it holds again: lower than the other's `max`, so that it does not swing. */
  readonly min: number
  readonly max: number
  readonly seconds: number
}

const BOUNDARIES: readonly Boundary[] = [
  { min: 0, max: 100, seconds: 0 },
  { min: 90, max: 500, seconds: 15 },
  { min: 450, max: 1000, seconds: 30 },
  { min: 900, max: 2000, seconds: 60 },
  { min: 1800, max: 10_000, seconds: 300 },
  { min: 9000, max: Infinity, seconds: 600 },
]

/** The step that a cluster of so many nodes is on, coming from another. */
export function ttlStep(step: number, nodes: number): number {
  const { min, max } = BOUNDARIES[step]!
  if (nodes > max) return ttlStep(step + 1, nodes)
  return nodes < min ? ttlStep(step - 1, nodes) : step
}

/** How long nodes may keep what they have read, on a step. */
export function ttlSecondsOf(step: number): number {
  return BOUNDARIES[step]!.seconds
}
