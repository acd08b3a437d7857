import type { MessageClass } from './message.ts'

/** Remembers what `make` derived from each message. What is derived is fixed by the declaration, so it never goes stale. */
export function perMessage<T>(make: (message: MessageClass) => T): (message: MessageClass) => T {
  const made = new WeakMap<MessageClass, { readonly value: T }>()
  return (message) => {
    const known = made.get(message)
    if (known) return known.value
    const value = make(message)
    made.set(message, { value })
    return value
  }
}
