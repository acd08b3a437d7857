import type { Result } from '../values/value.ts'
import { CelError } from '../values/value.ts'

/** Thrown inside an evaluation that has used up its budget; `evaluate()` catches it. */
export class CostLimitExceeded extends Error {}

/** One evaluation: variables, and what it has cost so far. */
export class Frame {
  /** Variables of loops, by the place that the plan gave them. */
  readonly locals: Result[] = []
  cost = 0
  readonly #limit: number
  readonly #globals: (Result | undefined)[] = []
  readonly #load: (index: number) => Result | undefined

  constructor(limit: number, load: (index: number) => Result | undefined) {
    this.#limit = limit
    this.#load = load
  }

  /** Notes a cost, in Kubernetes' units (about 50 ns each). Ends the evaluation where it exceeds the limit. */
  charge(cost: number): void {
    this.cost += cost
    if (this.cost > this.#limit) throw new CostLimitExceeded()
  }

  /** A variable of the environment, converted when it is first asked for. */
  global(index: number, name: string): Result {
    const known = this.#globals[index]
    if (known !== undefined) return known
    const loaded = this.#load(index)
    const value = loaded === undefined ? new CelError(`no such attribute(s): ${name}`) : loaded
    this.#globals[index] = value
    return value
  }
}

/** A planned expression. */
export type Step = (frame: Frame) => Result

/** Thrown inside an evaluation that needs an answer which is not there yet; `evaluateAsync()` waits and starts anew. */
export class PendingAnswer extends Error {
  readonly answer: Promise<void>

  constructor(answer: Promise<void>) {
    super('the answer of the authorizer is not there yet')
    this.answer = answer
  }
}
