import {
  atField,
  atIndex,
  duplicate,
  invalid,
  tooMany,
  type FieldError,
} from '../../../schema/field-error.ts'
import { decodeConfiguration } from '../../base/decode-configuration.ts'
import { refuse } from '../../base/refuse.ts'
import type { AnonymousAccess } from '../anonymous.ts'
import { compileAuthenticator, type CompiledAuthenticator } from '../oidc/compile-authenticator.ts'
import { AuthenticationConfiguration, type JWTAuthenticator } from './types.ts'

const KIND = { kind: 'AuthenticationConfiguration', versions: ['v1', 'v1beta1', 'v1alpha1'] }
const AUTHENTICATORS_MAX = 64

/** What an AuthenticationConfiguration says, ready for use. */
export interface CompiledAuthentication {
  readonly jwt: readonly CompiledAuthenticator[]
  /** Undefined where it says nothing of it. */
  readonly anonymous: AnonymousAccess | undefined
}

/**
 * Reads an AuthenticationConfiguration. Throws an Error that names all that is wrong with it. `disallowed`: the
 * cluster's own issuers, whose tokens are not for it to judge.
 */
export function parseAuthentication(
  text: string,
  disallowed: readonly string[],
): CompiledAuthentication {
  const { jwt = [], anonymous } = decodeConfiguration(text, AuthenticationConfiguration, KIND)
  const errors: FieldError[] = []
  const compiled = compileAll(jwt, disallowed, errors)
  const { enabled, conditions = [] } = anonymous ?? { enabled: true }
  if (!enabled && conditions.length > 0) {
    const text_ = 'enabled should be set to true when conditions are defined'
    errors.push(invalid('anonymous.conditions', conditions, text_))
  }
  refuse(errors)
  return { jwt: compiled, anonymous: anonymous && { enabled, paths: pathsOf(conditions) } }
}

/** The same for a single authenticator that flags describe. */
export function compileFromFlags(
  jwt: JWTAuthenticator,
  disallowed: readonly string[],
): CompiledAuthenticator {
  const errors: FieldError[] = []
  const compiled = compileAuthenticator(jwt, 'jwt[0]', disallowed, errors)
  refuse(errors)
  return compiled
}

function compileAll(
  jwt: readonly JWTAuthenticator[],
  disallowed: readonly string[],
  errors: FieldError[],
): readonly CompiledAuthenticator[] {
  if (jwt.length > AUTHENTICATORS_MAX) {
    errors.push(tooMany('jwt', jwt.length, AUTHENTICATORS_MAX))
    return []
  }
  const compiled = jwt.map((each, i) => {
    const path = atIndex('jwt', i)
    const one = compileAuthenticator(each, path, disallowed, errors)
    for (const field of ['url', 'discoveryURL'] as const) {
      const value = each.issuer[field]
      const isRepeated = jwt.slice(0, i).some(({ issuer }) => issuer[field] === value)
      if (value && isRepeated) errors.push(duplicate(atField(`${path}.issuer`, field), value))
    }
    return one
  })
  return compiled
}

function pathsOf(conditions: readonly { readonly path?: string }[]): readonly string[] | undefined {
  return conditions.length === 0 ? undefined : conditions.map(({ path = '' }) => path)
}
