import type { HttpExchange, ResponseBody, ResponseHeaders } from '../../serving/exchange.ts'
import { notAcceptable } from '../../apimachinery/status-error.ts'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import { utf8 } from '../base/bytes.ts'
import { wishesOf } from '../http/negotiate.ts'
import type { PathHandler, Route } from '../http/router.ts'
import { KUBERNETES_VERSION } from '../http/version.ts'
import { noSuchResource } from '../pipeline/dispatch.ts'
import type { Registry } from '../registry/registry.ts'
import { Documents, type DocumentsOptions, type Encoded } from './documents.ts'

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

const PREFIX = '/openapi/'

/** The paths under which the API describes itself, in OpenAPI 2.0 and 3.0 (KEP-2896). */
export function openApiRoutes(registry: Registry, options: OpenApiOptions): readonly Route[] {
  const all: DocumentsOptions = {
    ...options,
    types: () => registry.all().map(({ type }) => type),
    release: KUBERNETES_VERSION.gitVersion,
  }
  const [two, three] = [new Documents(2, all), new Documents(3, all)]
  const respond = options.respond ?? ((exchange, ...rest) => exchange.respond(...rest))
  const handler: PathHandler = async (exchange) => {
    checkAccept(exchange)
    const path = exchange.path.slice(PREFIX.length).replace(/\/$/, '')
    const documents = await (path === 'v2' ? two : three).all()
    if (path === 'v3') return send(exchange, indexOf(documents, options), {}, respond)
    const document = documents.get(path)
    if (!document) throw noSuchResource()
    await answer(exchange, document, respond)
  }
  return ['v2', 'v3', 'v3/'].map((path) => ({ path: PREFIX + path, handler }))
}

// `application/json` in whichever version; the protobuf form of old clients is not among them.
function checkAccept({ headers }: HttpExchange): void {
  const wishes = wishesOf(String(headers['accept'] ?? '') || '*/*')
  const isTaken = wishes.some(({ type, quality }) => TYPES.includes(type) && quality > 0)
  if (!isTaken) throw notAcceptable([JSON_TYPE])
}

const TYPES = [JSON_TYPE, 'application/*', '*/*']

/** Tells where each document is. The hash in its address lets clients keep it for ever. */
function indexOf(
  documents: ReadonlyMap<string, Encoded>,
  { crypto }: Pick<DocumentsOptions, 'crypto'>,
): Encoded {
  const paths = [...documents].map(([path, { hash }]) => [
    path.slice('v3/'.length),
    { serverRelativeURL: `${PREFIX}${path}?hash=${hash}` },
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
