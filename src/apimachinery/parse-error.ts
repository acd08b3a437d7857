/** A text that a client sent cannot be read: a selector, a duration, an API version. Worded as Kubernetes does. */
export class ParseError extends Error {
  override readonly name = 'ParseError'
}
