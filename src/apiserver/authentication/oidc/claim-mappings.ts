import type { Program } from '../../../cel/index.ts'
import { validateDomainPrefixedPath } from '../../../api/validation/domain-prefixed-path.ts'
import {
  atField,
  atIndex,
  duplicate,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import type {
  ClaimMappings,
  ExtraMapping,
  PrefixedClaimOrExpression,
} from '../configuration/types.ts'
import type { UserInfo } from '../authenticator.ts'
import {
  ClaimError,
  compileClaims,
  evaluateClaims,
  readsClaim,
  textsOf,
  type Claims,
} from './claim-expressions.ts'
import { claimOf, textClaim } from './claim-values.ts'

/** Makes a user of claims. Throws `ClaimError`. */
export type MapClaims = (claims: Claims) => UserInfo

interface CompiledMappings {
  readonly map: MapClaims
  /** The expressions that may say that an e-mail address is verified. */
  readonly programs: readonly Program[]
  /** The expression of the name, where it looks at `claims.email`. */
  readonly usesEmail: string | undefined
}

/** Compiles mappings; what is wrong with them goes to `errors`, in Kubernetes' words. */
export function compileMappings(
  { username, groups, uid, extra = [] }: ClaimMappings,
  path: string,
  errors: FieldError[],
): CompiledMappings {
  const namePath = atField(path, 'username')
  const name = compilePrefixed(username, namePath, errors)
  if (!username.claim && !username.expression)
    errors.push(required(namePath, 'claim or expression is required'))
  const inGroups = compilePrefixed(groups, atField(path, 'groups'), errors)
  const uidPath = atField(path, 'uid')
  if (uid.claim && uid.expression)
    errors.push(invalid(uidPath, '', "claim and expression can't both be set"))
  const uidProgram =
    uid.expression && !uid.claim
      ? compileClaims(uid.expression, atField(uidPath, 'expression'), errors)
      : undefined
  const extras = compileExtra(extra, atField(path, 'extra'), errors)
  return {
    programs: [name, ...extras.map(({ program }) => program)].filter((each) => each !== undefined),
    usesEmail: name && readsClaim(name, 'email') ? username.expression : undefined,
    map(claims) {
      const user = {
        name: nameOf(username, name, claims),
        groups: groupsOf(groups, inGroups, claims),
      }
      const id = uid.claim
        ? textClaimAs('uid claim', claims, uid.claim)
        : uidProgram && oneText('uid', uidProgram, claims)
      const values = extras.map(
        ({ key, program }) => [key, textsFrom('extra', program, claims)] as const,
      )
      const present = values.filter(([, texts]) => texts.length > 0)
      return {
        ...user,
        ...(id && { uid: id }),
        ...(present.length > 0 && { extra: Object.fromEntries(present) }),
      }
    },
  }
}

function compilePrefixed(
  { claim, prefix, expression }: PrefixedClaimOrExpression,
  path: string,
  errors: FieldError[],
): Program | undefined {
  if (claim && expression) {
    errors.push(invalid(path, '', "claim and expression can't both be set"))
    return undefined
  }
  if (claim && prefix === undefined) {
    const text =
      'prefix is required when claim is set. It can be set to an empty string to disable prefixing'
    errors.push(required(atField(path, 'prefix'), text))
  }
  if (!expression) return undefined
  if (prefix !== undefined) {
    const text = 'may not be specified when expression is set'
    errors.push(invalid(atField(path, 'prefix'), prefix, text))
  }
  return compileClaims(expression, atField(path, 'expression'), errors)
}

interface CompiledExtra {
  readonly key: string
  readonly program: Program
}

function compileExtra(
  mappings: readonly ExtraMapping[],
  path: string,
  errors: FieldError[],
): readonly CompiledExtra[] {
  const seen = new Set<string>()
  return mappings.flatMap(({ key = '', valueExpression = '' }, i) => {
    const keyPath = atField(atIndex(path, i), 'key')
    errors.push(...keyErrors(key, keyPath))
    if (seen.has(key)) {
      errors.push(duplicate(keyPath, key))
      return []
    }
    seen.add(key)
    const valuePath = atField(atIndex(path, i), 'valueExpression')
    if (valueExpression === '') {
      errors.push(required(valuePath))
      return []
    }
    const program = compileClaims(valueExpression, valuePath, errors)
    return program ? [{ key, program }] : []
  })
}

function keyErrors(key: string, path: string): readonly FieldError[] {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : ''
  const isReserved = /(?:^|\.)(?:kubernetes|k8s)\.io$/.test(domain)
  const reserved = 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'
  return [
    ...validateDomainPrefixedPath(key, path),
    ...(key === key.toLowerCase() ? [] : [invalid(path, key, 'must be lowercase')]),
    ...(isReserved ? [invalid(path, key, reserved)] : []),
  ]
}

function nameOf(
  { claim = '', prefix = '' }: PrefixedClaimOrExpression,
  program: Program | undefined,
  claims: Claims,
): string {
  if (program) return oneText('username', program, claims)
  const name = textClaimAs('username claims', claims, claim)
  const verified = claimOf(claims, 'email_verified')
  if (claim === 'email' && verified !== undefined) {
    if (typeof verified !== 'boolean')
      throw new ClaimError("oidc: parse 'email_verified' claim: it is no boolean")
    if (!verified) throw new ClaimError('oidc: email not verified')
  }
  return prefix + name
}

function groupsOf(
  { claim, prefix = '' }: PrefixedClaimOrExpression,
  program: Program | undefined,
  claims: Claims,
): readonly string[] {
  if (program) return textsFrom('group', program, claims)
  const value = claim ? claimOf(claims, claim) : undefined
  if (value === undefined) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((each) => {
    if (typeof each === 'string') return prefix + each
    throw new ClaimError(`oidc: parse groups claim ${JSON.stringify(claim)}: not a list of strings`)
  })
}

function textClaimAs(what: string, claims: Claims, name: string): string {
  return wrapped(`oidc: parse ${what} ${JSON.stringify(name)}`, () => textClaim(claims, name))
}

function oneText(what: string, program: Program, claims: Claims): string {
  return wrapped(`oidc: error evaluating ${what} claim expression`, () => {
    const value = evaluateClaims(program, claims)
    if (typeof value === 'string') return value
    throw new ClaimError(`${what} claim expression must return a string`)
  })
}

function textsFrom(what: string, program: Program, claims: Claims): readonly string[] {
  return wrapped(`oidc: error evaluating ${what} claim expression`, () =>
    textsOf(evaluateClaims(program, claims)),
  )
}

function wrapped<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ClaimError)) throw error
    throw new ClaimError(`${what}: ${error.message}`, { cause: error })
  }
}
