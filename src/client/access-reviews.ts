import type { SubjectAccessReviewSpec } from '../api/authorization/v1/common.ts'
import { SubjectAccessReview } from '../api/authorization/v1/subject-access-review.ts'
import { TokenReview } from '../api/authentication/v1/token-review.ts'
import type { UserInfo } from '../api/strategy.ts'
import type { Clock } from '../base/clock.ts'
import type { Crypto } from '../base/crypto.ts'
import { timedCache } from '../base/timed-cache.ts'
import { parseClientIdentity } from '../pki/client-identity.ts'
import type { HttpExchange } from '../serving/exchange.ts'
import type { Client } from './client.ts'

const MASTERS = 'system:masters' // They may do everything, also where nobody can be asked.
const ENTRIES_MAX = 1000

/** How long what the API server says is kept, in milliseconds. */
export interface ReviewLimits {
  readonly tokenMs: number
  readonly allowedMs: number
  readonly deniedMs: number
}

export interface ReviewOptions {
  /** Asks the API server, as who serves. */
  readonly client: Client
  readonly clock: Clock
  readonly crypto: Crypto
  readonly limits: ReviewLimits
}

/** What somebody wants to do. */
export type ReviewedAction = Pick<
  SubjectAccessReviewSpec,
  'nonResourceAttributes' | 'resourceAttributes'
>

/** Who asks a server that is no API server, and what they may: the API server says. What it says is kept for a while. */
export interface AccessReviews {
  /** By the client's certificate, which was verified, or its token; undefined where that is nobody's. */
  userOf(exchange: Pick<HttpExchange, 'headers' | 'peerCertificate'>): Promise<UserInfo | undefined>
  isAllowed(user: UserInfo, action: ReviewedAction): Promise<boolean>
}

export function accessReviews({ client, clock, crypto, limits }: ReviewOptions): AccessReviews {
  const users = timedCache<UserInfo | undefined>({ clock, max: ENTRIES_MAX })
  const verdicts = timedCache<boolean>({ clock, max: ENTRIES_MAX })

  const review = async (token: string): Promise<UserInfo | undefined> => {
    const { status } = await client.create(TokenReview, { spec: { token } })
    const { authenticated, user } = status
    if (!authenticated || !user?.username) return undefined
    const { username: name, uid, groups = [], extra } = user
    return { name, groups, ...(uid && { uid }), ...(extra && { extra }) }
  }
  return {
    async userOf({ headers, peerCertificate }) {
      if (peerCertificate) {
        const { commonName, organizations } = parseClientIdentity(crypto, peerCertificate.der)
        return { name: commonName, groups: [...organizations, 'system:authenticated'] }
      }
      const [, token] = /^Bearer (\S+)$/.exec(String(headers['authorization'] ?? '')) ?? []
      if (token === undefined) return undefined
      const key = crypto.hashHex('sha256', new TextEncoder().encode(token))
      return users.get(
        key,
        () => review(token),
        () => limits.tokenMs,
      )
    },
    async isAllowed(user, action) {
      const { name, groups, uid, extra } = user
      if (groups.includes(MASTERS)) return true
      return verdicts.get(
        JSON.stringify([name, groups, uid, extra, action]),
        async () => {
          const who = {
            user: name,
            groups: [...groups],
            ...(uid && { uid }),
            ...(extra && { extra }),
          }
          const { status } = await client.create(SubjectAccessReview, {
            spec: { ...who, ...action },
          })
          return status.allowed
        },
        (allowed) => (allowed ? limits.allowedMs : limits.deniedMs),
      )
    },
  }
}
