/**
 * Goes on with a value at once, or with a promise once it is kept. What mostly takes no time, but may have to ask
 * somebody, is written once for both.
 */
export function chain<T, U>(
  value: T | Promise<T>,
  next: (value: T) => U | Promise<U>,
): U | Promise<U> {
  return value instanceof Promise ? whenKept(value, next) : next(value)
}

async function whenKept<T, U>(promise: Promise<T>, next: (value: T) => U | Promise<U>): Promise<U> {
  return next(await promise)
}

/** What `run` gives; what it throws, now or later, becomes a value too. */
export function rescue<T>(
  run: () => T | Promise<T>,
  otherwise: (error: unknown) => T,
): T | Promise<T> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(otherwise) : value
  } catch (error) {
    return otherwise(error)
  }
}
