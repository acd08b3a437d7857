import { METHOD_VERBS } from '../../apimachinery/method-verbs.ts'
import { parseDuration } from '../../apimachinery/durations.ts'
import {
  accessReviews,
  type ReviewLimits,
  type ReviewOptions,
} from '../../client/access-reviews.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import type { HttpExchange } from '../../serving/exchange.ts'

export function accessLimits({
  authentication,
  authorization,
}: KubeletConfiguration): ReviewLimits {
  const { cacheTTL = '2m' } = authentication?.webhook ?? {}
  const { cacheAuthorizedTTL = '5m', cacheUnauthorizedTTL = '30s' } = authorization?.webhook ?? {}
  return {
    tokenMs: parseDuration(cacheTTL),
    allowedMs: parseDuration(cacheAuthorizedTTL),
    deniedMs: parseDuration(cacheUnauthorizedTTL),
  }
}

export interface AccessOptions extends ReviewOptions {
  readonly nodeName: string
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
  const reviews = accessReviews(options)
  const node = { version: 'v1', resource: 'nodes', name: options.nodeName }
  return {
    async refusal(exchange) {
      const user = await reviews.userOf(exchange)
      if (!user) return { code: 401, text: 'Unauthorized' }
      const verb = METHOD_VERBS.get(exchange.method) ?? exchange.method.toLowerCase()
      const asked = subresources(exchange.path)
      for (const subresource of asked) {
        const resourceAttributes = { ...node, verb, subresource }
        if (await reviews.isAllowed(user, { resourceAttributes })) return undefined
      }
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
