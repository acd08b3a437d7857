import type { Probe } from '../../api/core/v1/probe.ts'

export type ProbeVerdict = 'success' | 'failure'

/** Counts outcomes in a row, and gives a verdict when there are enough of them. */
export interface ProbeCounter {
  /** The verdict that holds; undefined before there is any. */
  readonly verdict: ProbeVerdict | undefined
  /** Takes in an outcome; true where it changed the verdict, or confirmed a failure. */
  add(outcome: ProbeVerdict): boolean
}

export function probeCounter(
  { successThreshold, failureThreshold }: Pick<Probe, 'successThreshold' | 'failureThreshold'>,
  initial?: ProbeVerdict,
): ProbeCounter {
  let verdict = initial
  let last: ProbeVerdict | undefined
  let inARow = 0
  return {
    get verdict() {
      return verdict
    },
    add(outcome) {
      inARow = outcome === last ? inARow + 1 : 1
      last = outcome
      if (inARow < (outcome === 'success' ? successThreshold : failureThreshold)) return false
      const isNew = verdict !== outcome
      verdict = outcome
      return isNew
    },
  }
}
