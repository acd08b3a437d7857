import { Secret } from '../../../api/core/v1/secret.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Crypto } from '../../../base/crypto.ts'
import {
  BOOTSTRAP_TOKEN,
  BOOTSTRAP_TOKEN_TYPE,
  bootstrapSecretName,
  bootstrapTokenFrom,
} from '../../../api/core/v1/bootstrap-token.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { Authenticator } from '../authenticator.ts'

export interface BootstrapTokenOptions {
  readonly live: Pick<LiveObjects, 'get'>
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'equal'>
}

const USER_PREFIX = 'system:bootstrap:'
const GROUP = 'system:bootstrappers'
const NAMESPACE = 'kube-system'

/**
 * Accepts the tokens with which machines join, `ID.SECRET`, that Secrets of `kube-system` hold:
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
export function bootstrapTokenAuthenticator(options: BootstrapTokenOptions): Authenticator {
  const { live, clock, crypto } = options
  return async ({ bearerToken = '' }) => {
    const match = BOOTSTRAP_TOKEN.exec(bearerToken)
    if (!match) return undefined
    const [, id = '', secret = ''] = match
    const stored = await live.get(Secret, { namespace: NAMESPACE, name: bootstrapSecretName(id) })
    if (stored?.type !== BOOTSTRAP_TOKEN_TYPE || stored.metadata.deletionTimestamp !== undefined) {
      return undefined
    }
    const token = bootstrapTokenFrom(stored)
    // All of it is looked at, in a time that tells nothing, before any of it matters.
    const isRight = crypto.equal(token.secret, secret) && crypto.equal(token.id, id)
    if (!isRight || token.secret === '' || token.isExpired(clock.now())) return undefined
    if (!token.usages.authentication || !token.groups) return undefined
    return { user: { name: `${USER_PREFIX}${id}`, groups: [GROUP, ...token.groups] } }
  }
}
