import type { ClusterClock } from './cluster-clock.ts'

const LIMIT_MS = 600_000

/** What the promise gives, waited for by the cluster's clock: a virtual one is moved on where that takes time. */
export async function finish<T>(clock: ClusterClock, promise: Promise<T>): Promise<T> {
  const settled = Promise.withResolvers<void>()
  let isSettled = false
  const settle = (): void => {
    isSettled = true
    settled.resolve()
  }
  promise.then(settle, settle)
  const isInTime = await clock.until(
    () => isSettled,
    LIMIT_MS,
    (look) => {
      void settled.promise.then(look)
      return { [Symbol.dispose]: () => undefined }
    },
  )
  if (!isInTime) throw new Error('Cannot go on: the cluster has come to a standstill')
  return promise
}
