import { toStatus } from '../../apimachinery/status-error.ts'
import type { Status } from '../../apimachinery/status.ts'
import type { HttpExchange } from '../../serving/exchange.ts'
import type { RequestDetails } from './auditor.ts'

/** What is recorded of an HTTP request when it comes. */
export function auditedExchange(exchange: HttpExchange, auditId: string): RequestDetails {
  const { path, query, userAgent } = exchange
  return {
    auditId,
    uri: query === '' ? path : `${path}?${query}`,
    sourceIPs: sourceIPs(exchange),
    userAgent,
  }
}

/** What is recorded of somebody who was not believed: in which ways they said who they are. */
export function refusalOf(exchange: HttpExchange, error: unknown): Status {
  return { ...toStatus(error), message: attempted(exchange) }
}

function attempted({ headers, peerCertificate }: HttpExchange): string {
  const authorization = String(headers['authorization'] ?? '').trim()
  const methods = [
    ...(/^basic /i.test(authorization) ? ['basic'] : []),
    ...(/^bearer /i.test(authorization) ? ['bearer'] : []),
    ...(peerCertificate ? ['x509'] : []),
  ]
  if (methods.length === 0) return 'Authentication failed, no credentials provided'
  return `Authentication failed, attempted: ${methods.join(', ')}`
}

// The nearest comes last; anybody may claim the others.
function sourceIPs({ headers, remoteAddress }: HttpExchange): readonly string[] {
  const forwarded = listIn(headers['x-forwarded-for'])
  const claimed = forwarded.length > 0 ? forwarded : listIn(headers['x-real-ip'])
  const remote = remoteAddress.replace(/^::ffff:/, '')
  return claimed.at(-1) === remote || remote === '' ? claimed : [...claimed, remote]
}

function listIn(header: HttpExchange['headers'][string]): readonly string[] {
  return [header ?? []]
    .flat()
    .flatMap((each) => each.split(','))
    .map((each) => each.trim())
    .filter((each) => /^[0-9a-fA-F:.]+$/.test(each))
}
