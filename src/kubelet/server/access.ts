import { METHOD_VERBS } from '../../apimachinery/method-verbs.ts'
import { SubjectAccessReview } from '../../api/authorization/v1/subject-access-review.ts'
import { TokenReview } from '../../api/authentication/v1/token-review.ts'
import type { UserInfo } from '../../api/strategy.ts'
import { parseDuration } from '../../apimachinery/durations.ts'
import type { Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import { timedCache } from '../../base/timed-cache.ts'
import type { Client } from '../../client/client.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { parseClientIdentity } from '../../pki/client-identity.ts'
import type { HttpExchange } from '../../serving/exchange.ts'

const MASTERS = 'system:masters' // The API server is one.
const ENTRIES_MAX = 1000

/** How long what the API server says is kept, in milliseconds. */
export interface AccessLimits {
  readonly tokenMs: number
  readonly allowedMs: number
  readonly deniedMs: number
}

export function accessLimits({
  authentication,
  authorization,
}: KubeletConfiguration): AccessLimits {
  const { cacheTTL = '2m' } = authentication?.webhook ?? {}
  const { cacheAuthorizedTTL = '5m', cacheUnauthorizedTTL = '30s' } = authorization?.webhook ?? {}
  return {
    tokenMs: parseDuration(cacheTTL),
    allowedMs: parseDuration(cacheAuthorizedTTL),
    deniedMs: parseDuration(cacheUnauthorizedTTL),
  }
}

export interface AccessOptions {
  /** Asks the API server as the node. */
  readonly client: Client
  readonly nodeName: string
  readonly clock: Clock
  readonly crypto: Crypto
  readonly limits: AccessLimits
}

/** Why somebody is not answered. */
export interface Refusal {
  readonly code: 401 | 403 | 500
  readonly text: string
}

/**
 * Who may ask the node for what: the API server says, as of the subresources of the node's own object. Some paths have
 * one of their own beside `proxy`, which stands for all (KEP-2862).
 */
export interface Access {
  refusal(
    exchange: Pick<HttpExchange, 'method' | 'path' | 'headers' | 'peerCertificate'>,
  ): Promise<Refusal | undefined>
}

export function access(options: AccessOptions): Access {
  const { client, clock, crypto, limits, nodeName } = options
  const users = timedCache<UserInfo | undefined>({ clock, max: ENTRIES_MAX })
  const verdicts = timedCache<boolean>({ clock, max: ENTRIES_MAX })

  const review = async (token: string): Promise<UserInfo | undefined> => {
    const { status } = await client.create(TokenReview, { spec: { token } })
    const { authenticated, user } = status
    if (!authenticated || !user?.username) return undefined
    const { username: name, uid, groups = [], extra } = user
    return { name, groups, ...(uid && { uid }), ...(extra && { extra }) }
  }
  const userOf = async ({
    headers,
    peerCertificate,
  }: Pick<HttpExchange, 'headers' | 'peerCertificate'>): Promise<UserInfo | undefined> => {
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
  }
  const isAllowed = (user: UserInfo, verb: string, subresource: string): Promise<boolean> => {
    const { name, groups, uid, extra } = user
    const key = JSON.stringify([name, groups, uid, extra, verb, subresource])
    return verdicts.get(
      key,
      async () => {
        const { status } = await client.create(SubjectAccessReview, {
          spec: {
            user: name,
            groups: [...groups],
            ...(uid && { uid }),
            ...(extra && { extra }),
            resourceAttributes: {
              verb,
              version: 'v1',
              resource: 'nodes',
              subresource,
              name: nodeName,
            },
          },
        })
        return status.allowed
      },
      (allowed) => (allowed ? limits.allowedMs : limits.deniedMs),
    )
  }
  return {
    async refusal(exchange) {
      const user = await userOf(exchange)
      if (!user) return { code: 401, text: 'Unauthorized' }
      if (user.groups.includes(MASTERS)) return undefined
      const verb = METHOD_VERBS.get(exchange.method) ?? exchange.method.toLowerCase()
      const asked = subresources(exchange.path)
      for (const each of asked) if (await isAllowed(user, verb, each)) return undefined
      const text = `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${asked.join(' ')}])`
      return { code: 403, text }
    },
  }
}

// A map, since clients choose what is looked up, `constructor` for instance.
const OWN: ReadonlyMap<string, string> = new Map([
  ['stats', 'stats'],
  ['metrics', 'metrics'],
  ['logs', 'log'],
  ['checkpoint', 'checkpoint'],
])
const FINE: ReadonlyMap<string, string> = new Map([
  ['pods', 'pods'],
  ['runningpods', 'pods'],
  ['healthz', 'healthz'],
  ['configz', 'configz'],
])

/** The subresources of a node that a path stands for; any of them will do. */
export function subresources(path: string): readonly string[] {
  const [, first = ''] = path.split('/')
  const own = OWN.get(first)
  if (own) return [own]
  const fine = FINE.get(first)
  return fine ? [fine, 'proxy'] : ['proxy']
}
