import { Queue } from '../base/queue.ts'

const TURN_MS = 4

/**
 * Bounds how long one turn of the event loop lasts. All requests that arrive at once would be worked on in one turn, and
 * timers, watches and everybody else would wait for the last of them: those for which a turn has no time begin in the
 * next one, in order.
 *
 * What they answer leaves when the turn ends. A client that is woken for the first answer is awake for all others; one
 * that gets each as soon as it is made falls asleep in between, and waking it costs more than encrypting the answer.
 */
export class Turns {
  readonly #waiting = new Queue<() => void>()
  readonly #answers = new Queue<() => void>()
  /** When this turn has lasted long enough; undefined before its first work. */
  #endMs: number | undefined

  /** Begins the work now, or in a later turn. */
  begin(work: () => void): void {
    this.#start()
    if (this.#waiting.length > 0 || this.#isOver()) this.#waiting.push(work)
    else work()
  }

  /** Does at the end of the turn what sends an answer. */
  answer(send: () => void): void {
    this.#start()
    this.#answers.push(send)
  }

  #start(): void {
    if (this.#endMs !== undefined) return
    this.#endMs = performance.now() + TURN_MS
    setImmediate(this.#next)
  }

  #isOver(): boolean {
    return performance.now() >= this.#endMs!
  }

  // Immediates run once in each turn of the loop, behind what has arrived.
  readonly #next = (): void => {
    this.#endMs = performance.now() + TURN_MS
    while (this.#answers.length > 0) {
      this.#answers.shift()!()
      if (this.#isOver()) break
    }
    if (this.#answers.length === 0 && this.#waiting.length === 0) this.#endMs = undefined
    else {
      setImmediate(this.#next)
      this.#workOn()
    }
  }

  #workOn(): void {
    this.#waiting.shift()?.()
    // A request is mostly worked on in the ticks that follow its beginning, so the time is looked at behind these.
    process.nextTick(() => {
      if (this.#waiting.length > 0 && !this.#isOver()) this.#workOn()
    })
  }
}
