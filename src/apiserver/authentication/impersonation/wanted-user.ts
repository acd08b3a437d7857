import { badRequest } from '../../../apimachinery/status-error.ts'
import type { HttpExchange } from '../../../serving/exchange.ts'
import type { UserInfo } from '../authenticator.ts'
import { extraHeaders } from '../extra-headers.ts'

const PREFIX = 'impersonate-'
const EXTRA_PREFIX = 'impersonate-extra-'

/** As whom the sender of a request wants to count, by its header fields. Throws `BadRequest`. */
export function wantedUser(exchange: HttpExchange): UserInfo | undefined {
  if (!hasImpersonation(exchange)) return undefined
  const { distinctHeaders: headers } = exchange
  const name = headers['impersonate-user']?.[0] ?? ''
  const groups = headers['impersonate-group'] ?? []
  const uid = headers['impersonate-uid']?.[0] ?? ''
  const extra = Object.fromEntries(extraHeaders(headers, EXTRA_PREFIX))
  const hasExtra = Object.keys(extra).length > 0
  if (name === '') {
    if (groups.length === 0 && uid === '' && !hasExtra) return undefined
    throw badRequest('requested impersonation without impersonating a user name')
  }
  return { name, groups, ...(uid !== '' && { uid }), ...(hasExtra && { extra }) }
}

// Asked of every request, and almost never so.
function hasImpersonation({ headers }: HttpExchange): boolean {
  for (const name in headers) if (name.startsWith(PREFIX)) return true
  return false
}
