import { bool, listOf, ref, string } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apiserver.pkg.apis.apiserver.v1')

export class Issuer extends message('Who issues tokens, and for whom.', {
  url: string(1, 'The claim `iss`, and where discovery begins.'),
  discoveryURL: string(2, 'Where the discovery document is, if not under the URL.'),
  certificateAuthority: string(3, 'Whose certificates the issuer has, PEM.'),
  audiences: listOf('string', 4, 'Whom tokens must be for: any of these.'),
  audienceMatchPolicy: string(5, 'MatchAny.'),
  egressSelectorType: string(6, 'How the issuer is reached: controlplane or cluster.'),
}) {}

export class ClaimValidationRule extends message('What must hold for the claims.', {
  claim: string(1, 'A claim that must have the value.'),
  requiredValue: string(2, 'The value.'),
  expression: string(3, 'CEL over `claims`.'),
  message: string(4, 'What is said where the expression is false.'),
}) {}

export class PrefixedClaimOrExpression extends message('Where a name comes from.', {
  claim: string(1, 'The claim.'),
  prefix: string(2, 'What is put before it.').pointer(),
  expression: string(3, 'CEL over `claims`.'),
}) {}

export class ClaimOrExpression extends message('Where a value comes from.', {
  claim: string(1, 'The claim.'),
  expression: string(2, 'CEL over `claims`.'),
}) {}

export class ExtraMapping extends message('Where an extra attribute comes from.', {
  key: string(1, 'Its name.'),
  valueExpression: string(2, 'CEL over `claims`: a string, or a list of them.'),
}) {}

export class ClaimMappings extends message('How claims make a user.', {
  username: ref(PrefixedClaimOrExpression, 1, 'The name.').written(),
  groups: ref(PrefixedClaimOrExpression, 2, 'The groups.').written(),
  uid: ref(ClaimOrExpression, 3, 'The UID.').written(),
  extra: listOf(ExtraMapping, 4, 'Extra attributes.'),
}) {}

export class UserValidationRule extends message('What must hold for the user.', {
  expression: string(1, 'CEL over `user`.'),
  message: string(2, 'What is said where it is false.'),
}) {}

export class JWTAuthenticator extends message('Accepts the tokens of one issuer.', {
  issuer: ref(Issuer, 1, 'The issuer.').written(),
  claimValidationRules: listOf(ClaimValidationRule, 2, 'What must hold for the claims.'),
  claimMappings: ref(ClaimMappings, 3, 'How claims make a user.').written(),
  userValidationRules: listOf(UserValidationRule, 4, 'What must hold for the user.'),
}) {}

export class AnonymousAuthCondition extends message('Where nobody needs to say who they are.', {
  path: string(1, 'The path, exactly.'),
}) {}

export class AnonymousAuthConfig extends message('Whether nobody may ask.', {
  enabled: bool(1, 'Whether, at all.').written(),
  conditions: listOf(AnonymousAuthCondition, 2, 'If so, where; everywhere with none.'),
}) {}

/**
 * `AuthenticationConfiguration` of apiserver.config.k8s.io/v1:
 * https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/
 */
export class AuthenticationConfiguration extends message('How users are known.', {
  jwt: listOf(JWTAuthenticator, 1, 'Issuers of tokens.'),
  anonymous: ref(AnonymousAuthConfig, 2, 'What nobody may do.'),
}) {}
