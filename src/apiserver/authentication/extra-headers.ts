import type { DistinctHeaders } from '../../serving/exchange.ts'

/** Attributes of users that header fields of one prefix tell: what follows the prefix names them, percent-encoded. */
export function extraHeaders(
  headers: DistinctHeaders,
  prefix: string,
): readonly (readonly [key: string, values: readonly string[]])[] {
  return Object.entries(headers)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, values = []]) => [unescaped(name.slice(prefix.length)), values] as const)
}

// What is encoded wrongly stands for itself, as upstream has it.
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch (error) {
    if (error instanceof URIError) return key
    throw error
  }
}
