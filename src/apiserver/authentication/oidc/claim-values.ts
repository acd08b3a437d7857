import { ClaimError, type Claims } from './claim-expressions.ts'

/** A claim that must be a text. Throws `ClaimError`. */
export function textClaim(claims: Claims, name: string): string {
  const value = claimOf(claims, name)
  if (value === undefined) throw new ClaimError('claim not present')
  if (typeof value === 'string') return value
  throw new ClaimError(`json: cannot unmarshal ${kindOf(value)} into Go value of type string`)
}

/** A claim of its own: names that every object inherits are none. */
export function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
