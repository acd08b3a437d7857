import type { MessageClass } from './message.ts'

/** Remembers what `make` derived from each message. What is derived is fixed by the declaration, so it never goes stale. */
export function perMessage<T>(make: (message: MessageClass) => T): (message: MessageClass) => T {
  const made = new WeakMap<MessageClass, T>()
  return (message) => {
    let value = made.get(message)
    if (value === undefined) {
      value = make(message)
      made.set(message, value)
    }
    return value
  }
}
