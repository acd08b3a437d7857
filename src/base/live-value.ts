/** Something that may be replaced while it is used, such as a certificate. */
export interface LiveValue<T> {
  readonly current: T
  /** Calls back after each replacement, until disposed. */
  onChange(callback: (value: T) => void): Disposable
}

/** A value with the means to replace it. */
export interface SettableValue<T> extends LiveValue<T> {
  set(value: T): void
}

export function liveValue<T>(first: T): SettableValue<T> {
  let current = first
  const callbacks = new Set<(value: T) => void>()
  return {
    get current() {
      return current
    },
    set(value) {
      current = value
      for (const each of callbacks) each(value)
    },
    onChange(callback) {
      const own = (value: T): void => callback(value)
      callbacks.add(own)
      return { [Symbol.dispose]: () => void callbacks.delete(own) }
    },
  }
}

/** What `part` gives of another live value, which changes with it. */
export function partOf<T, P>(whole: LiveValue<T>, part: (value: T) => P): LiveValue<P> {
  return {
    get current() {
      return part(whole.current)
    },
    onChange: (callback) => whole.onChange((value) => callback(part(value))),
  }
}
