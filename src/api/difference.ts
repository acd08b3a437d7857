import { equal } from '../apimachinery/equality.ts'

/**
 * The differences between two values for people to read, one line each, as errors about forbidden changes carry them:
 *
 *     - containers[0].env: [{"name":"A"}]
 *     + containers[0].env: [{"name":"B"}]
 */
export function difference(old: unknown, now: unknown): string {
  return lines(old, now, '').join('\n')
}

function lines(old: unknown, now: unknown, path: string): string[] {
  if (equal(old, now)) return []
  if (Array.isArray(old) && Array.isArray(now) && old.length === now.length)
    return old.flatMap((item, i) => lines(item, now[i], `${path}[${i}]`))
  if (isObject(old) && isObject(now)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(now)])
    return [...keys].flatMap((key) =>
      lines(old[key], now[key], path === '' ? key : `${path}.${key}`),
    )
  }
  return [...line('-', old, path), ...line('+', now, path)]
}

function line(sign: '-' | '+', value: unknown, path: string): string[] {
  return value === undefined ? [] : [`${sign} ${path}: ${JSON.stringify(value)}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
