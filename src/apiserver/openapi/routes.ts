import type { HttpExchange, ResponseBody, ResponseHeaders } from '../../serving/exchange.ts'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import { utf8 } from '../base/bytes.ts'
import type { Route } from '../http/router.ts'
import { KUBERNETES_VERSION } from '../http/version.ts'
import type { Registry } from '../registry/registry.ts'
import { DocumentsV3, type DocumentsOptions, type Encoded } from './documents.ts'

/** Sends a response, compressed perhaps. */
export type Respond = (
  exchange: HttpExchange,
  status: number,
  headers: ResponseHeaders,
  body: ResponseBody,
) => void | Promise<void>

export interface OpenApiOptions extends Pick<DocumentsOptions, 'clock' | 'crypto' | 'pause'> {
  readonly respond?: Respond
}

const PREFIX = '/openapi/v3'

/** The paths under which the API describes itself (KEP-2896). */
export function openApiRoutes(registry: Registry, options: OpenApiOptions): readonly Route[] {
  const documents = new DocumentsV3({
    ...options,
    types: () => registry.all().map(({ type }) => type),
    release: KUBERNETES_VERSION.gitVersion,
  })
  const respond = options.respond ?? ((exchange, ...rest) => exchange.respond(...rest))
  const index = async (exchange: HttpExchange): Promise<void> => {
    await send(exchange, indexOf(await documents.all(), options), {}, respond)
  }
  const below = async (exchange: HttpExchange): Promise<void> => {
    const path = exchange.path.slice(PREFIX.length + 1)
    if (path === '') return index(exchange)
    const document = (await documents.all()).get(path)
    if (!document) return notFound(exchange)
    await answer(exchange, document, respond)
  }
  return [
    { path: PREFIX, handler: index },
    { path: `${PREFIX}/`, handler: below },
  ]
}

/** Tells where each document is. The hash in its address lets clients keep it for ever. */
function indexOf(
  documents: ReadonlyMap<string, Encoded>,
  { crypto }: Pick<DocumentsOptions, 'crypto'>,
): Encoded {
  const paths = [...documents].map(([path, { hash }]) => [
    path,
    { serverRelativeURL: `${PREFIX}/${path}?hash=${hash}` },
  ])
  const bytes = utf8(JSON.stringify({ paths: Object.fromEntries(paths) as object }))
  return { bytes, hash: crypto.hashHex('sha512', bytes).toUpperCase() }
}

const YEAR_SECONDS = 31_536_000

async function answer(exchange: HttpExchange, document: Encoded, respond: Respond): Promise<void> {
  const hash = new URLSearchParams(exchange.query).get('hash')
  if (hash === null) return send(exchange, document, {}, respond)
  if (hash !== document.hash) {
    return exchange.respond(301, { location: `${exchange.path}?hash=${document.hash}` })
  }
  const forEver = { 'cache-control': `public, immutable, max-age=${YEAR_SECONDS}` }
  await send(exchange, document, forEver, respond)
}

async function send(
  exchange: HttpExchange,
  { bytes, hash }: Encoded,
  more: ResponseHeaders,
  respond: Respond,
): Promise<void> {
  const etag = `"${hash}"`
  const headers = { 'content-type': JSON_TYPE, etag, vary: 'Accept', ...more }
  if (exchange.headers['if-none-match'] === etag) exchange.respond(304, headers)
  else await respond(exchange, 200, headers, bytes)
}

function notFound(exchange: HttpExchange): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  exchange.respond(404, headers, utf8('404 page not found\n'))
}
