import type { Handlers } from './informer.ts'

/** Handlers that call for every state that came or went: of an update both, since either may tell who is concerned. */
export function eachChange<T>(call: (object: T) => void): Handlers<T> {
  return {
    add: call,
    update(object, before) {
      call(before)
      call(object)
    },
    delete: call,
  }
}
