import { atField, invalid, type FieldError } from '../../../schema/field-error.ts'
import type { UserInfo } from '../authenticator.ts'
import type { Issuer, JWTAuthenticator } from '../configuration/types.ts'
import { readsClaim, type Claims } from './claim-expressions.ts'
import { compileMappings } from './claim-mappings.ts'
import { validateIssuer } from './validate-issuer.ts'
import { compileClaimRules, compileUserRules } from './validation-rules.ts'

/** An authenticator for the tokens of one issuer, ready to judge verified claims. */
export interface CompiledAuthenticator {
  readonly issuer: Issuer
  /** The user that claims stand for. Throws `ClaimError` where they do not fit the rules. */
  readonly userOf: (claims: Claims) => UserInfo
}

const UNVERIFIED_EMAIL =
  'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'

/** Compiles an entry of `jwt`; what is wrong with it goes to `errors`. `disallowed`: the cluster's own issuers. */
export function compileAuthenticator(
  { issuer, claimValidationRules = [], claimMappings, userValidationRules = [] }: JWTAuthenticator,
  path: string,
  disallowed: readonly string[],
  errors: FieldError[],
): CompiledAuthenticator {
  errors.push(...validateIssuer(issuer, atField(path, 'issuer'), disallowed))
  const rules = compileClaimRules(
    claimValidationRules,
    atField(path, 'claimValidationRules'),
    errors,
  )
  const mappingsPath = atField(path, 'claimMappings')
  const mappings = compileMappings(claimMappings, mappingsPath, errors)
  const { usesEmail } = mappings
  const programs = [...mappings.programs, ...rules.programs]
  if (usesEmail !== undefined && !programs.some((each) => readsClaim(each, 'email_verified'))) {
    errors.push(invalid(`${mappingsPath}.username.expression`, usesEmail, UNVERIFIED_EMAIL))
  }
  const checkUser = compileUserRules(
    userValidationRules,
    atField(path, 'userValidationRules'),
    errors,
  )
  return {
    issuer,
    userOf(claims) {
      const user = mappings.map(claims)
      rules.check(claims)
      checkUser(user)
      return user
    },
  }
}
