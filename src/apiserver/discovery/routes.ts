import type { Crypto } from '../../base/crypto.ts'
import { APIVersions } from '../../api/meta/v1/discovery.ts'
import type { HttpExchange, ResponseHeaders } from '../../serving/exchange.ts'
import type { PathHandler, Route } from '../http/router.ts'
import { nothingServed } from '../pipeline/dispatch.ts'
import type { Registry } from '../registry/registry.ts'
import { apiVersions } from './classic.ts'
import { DiscoveryDocuments, encodeDocument, type Encoded } from './documents.ts'
import { discoveryType, negotiateDiscovery, type DiscoveryOutput } from './negotiate.ts'

/**
 * The paths by which clients find out what the server has: `/api` and `/apis` with all below them that is no resource,
 * each in the classic form or, where the client asks for it, aggregated.
 */
export function discoveryRoutes(registry: Registry, crypto: Crypto): readonly Route[] {
  const documents = new DiscoveryDocuments(
    () => registry.all().map(({ type }) => type),
    crypto,
    () => registry.external.all(),
  )
  const handler: PathHandler = (exchange, { path: asked }) => {
    const path = asked.replace(/\/$/, '')
    const wanted = negotiateDiscovery(exchange.headers['accept'] as string | undefined)
    // Only the roots are aggregated; below them the same wish means the classic form.
    const isRoot = path === '/api' || path === '/apis'
    const output: DiscoveryOutput = isRoot ? wanted : { ...wanted, form: 'classic' }
    if (path === '/api' && output.form === 'classic') {
      return sendVersions(exchange, documents, output)
    }
    const document = documents.find(path, output)
    if (!document) throw nothingServed(registry, groupIn(path))
    send(exchange, document, output)
  }
  return ['/api', '/api/', '/apis', '/apis/'].map((path) => ({ path, handler }))
}

// `/apis/GROUP/…`; what lies below `/api` is of the group without a name.
function groupIn(path: string): string {
  return path.startsWith('/apis/') ? path.split('/')[2]! : ''
}

// What is said of the address depends on who asks, so nobody keeps it.
function sendVersions(
  exchange: HttpExchange,
  { core }: DiscoveryDocuments,
  output: DiscoveryOutput,
): void {
  const bytes = encodeDocument(APIVersions, apiVersions(core, exchange.host), output.encoding)
  const headers = { 'content-type': discoveryType(output), 'cache-control': 'no-cache, private' }
  exchange.respond(200, headers, bytes)
}

function send(exchange: HttpExchange, { bytes, etag }: Encoded, output: DiscoveryOutput): void {
  const headers: ResponseHeaders = {
    'content-type': discoveryType(output),
    etag,
    vary: 'Accept',
    'cache-control': output.form === 'classic' ? 'no-cache, private' : 'public',
  }
  if (exchange.headers['if-none-match'] === etag) exchange.respond(304, headers)
  else exchange.respond(200, headers, bytes)
}
