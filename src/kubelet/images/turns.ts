import { abortable } from '../../base/async.ts'
import { Queue } from '../../base/queue.ts'

/** Runs tasks, at most `limit` at once and the rest in order. A task whose signal aborts while it waits never runs. */
export function turns(
  limit: number,
): <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const waiting = new Queue<() => void>()
  let running = 0
  const release = (): void => {
    running -= 1
    waiting.shift()?.()
  }
  const acquire = (): Promise<void> => {
    const turn = Promise.withResolvers<void>()
    const take = (): void => {
      running += 1
      turn.resolve()
    }
    if (running < limit) take()
    else waiting.push(take)
    return turn.promise
  }
  return async (task, signal) => {
    const acquired = acquire()
    try {
      await abortable(acquired, signal)
    } catch (error) {
      void acquired.then(release) // Its turn comes all the same, and goes to the next.
      throw error
    }
    try {
      return await task()
    } finally {
      release()
    }
  }
}
