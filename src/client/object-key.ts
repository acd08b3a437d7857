import type { ObjectKey } from './client.ts'

/** A key as text: `NAMESPACE/NAME`, or `NAME` where there is no namespace. */
export function keyText({ namespace, name }: ObjectKey): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

/** The reverse of `keyText()`: no name holds a slash. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/')
  if (slash < 0) return { name: text }
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}
