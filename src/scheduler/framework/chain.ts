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
