import type { HttpExchange, ResponseBody, ResponseHeaders } from '../../serving/exchange.ts'
import { notAcceptable } from '../../apimachinery/status-error.ts'
import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import { utf8 } from '../base/bytes.ts'
import { wishesOf } from '../http/accept.ts'
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
    external: () => registry.external.all(),
    release: KUBERNETES_VERSION.gitVersion,
  }
  const two = new Documents('v2', all)
  const twoProtobuf = new Documents('v2-protobuf', all)
  const three = new Documents('v3', all)
  const respond = options.respond ?? ((exchange, ...rest) => exchange.respond(...rest))
  const version2: PathHandler = async (exchange) => {
    const type = negotiated(exchange, [JSON_TYPE, PROTOBUF_V2_TYPE])
    const documents = await (type === JSON_TYPE ? two : twoProtobuf).all()
    await send(exchange, documents.get('v2')!, { 'content-type': type }, respond)
  }
  const version3: PathHandler = async (exchange, { path: asked }) => {
    negotiated(exchange, [JSON_TYPE])
    const path = asked.slice(PREFIX.length).replace(/\/$/, '')
    const documents = await three.all()
    if (path === 'v3') return send(exchange, indexOf(documents, options), {}, respond)
    const document = documents.get(path)
    if (!document) throw noSuchResource()
    await answer(exchange, document, respond)
  }
  return [
    { path: `${PREFIX}v2`, handler: version2 },
    { path: `${PREFIX}v3`, handler: version3 },
    { path: `${PREFIX}v3/`, handler: version3 },
  ]
}

const PROTOBUF_V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** The first media type of those that the client takes that can be given. Throws `NotAcceptable`. */
function negotiated({ headers }: HttpExchange, types: readonly [string, ...string[]]): string {
  for (const { type, quality } of wishesOf(String(headers['accept'] ?? '') || '*/*')) {
    // Clients write `@` where a media type has none (RFC 6838, 4.2).
    const given =
      type === '*/*' || type === 'application/*' ? types[0] : type.replace('v2@v1', 'v2.v1')
    if (quality > 0 && types.includes(given)) return given
  }
  throw notAcceptable(types)
}

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
