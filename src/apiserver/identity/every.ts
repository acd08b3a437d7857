import type { Clock } from '../../base/clock.ts'

/** Acts again and again, `ms` milliseconds after the last time was over, until disposed. The act must not throw. */
export function every(clock: Clock, ms: number, act: () => Promise<void>): Disposable {
  let isOver = false
  let timer: Disposable | undefined
  const plan = (): void => {
    if (isOver) return
    timer = clock.after(ms, () => void act().then(plan))
  }
  plan()
  return {
    [Symbol.dispose]() {
      isOver = true
      timer?.[Symbol.dispose]()
    },
  }
}
