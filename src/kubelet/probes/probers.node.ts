import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, isIPv6 } from 'node:net'
import { quote } from '../../apimachinery/go-format.ts'
import { grpcHealth } from './grpc-probe.node.ts'
import type { HttpAnswer, HttpRequest, Probers } from './probers.ts'

const BODY_BYTES_MAX = 10 * 1024
const REDIRECTS_MAX = 10

/** Probers that use this machine's network. */
export function probers(): Probers {
  return { http: (request) => get(request, urlOf(request), REDIRECTS_MAX), tcp, grpc: grpcHealth }
}

function urlOf({ scheme, host, port, path }: HttpRequest): URL {
  const address = addressOf(host, port)
  return new URL(`${scheme}://${address}${path.startsWith('/') ? '' : '/'}${path}`)
}

function addressOf(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

async function get(request: HttpRequest, url: URL, redirects: number): Promise<HttpAnswer> {
  const answer = await fetchOnce(request, url)
  const { status, location, body } = answer
  if (status < 300 || status >= 400 || location === undefined) return { status, body }
  const next = URL.parse(location, url)
  // Elsewhere is none of the container's business: it has answered, and that will do.
  if (!next || next.hostname !== url.hostname) return { status, body }
  if (redirects === 0)
    throw new Error(`Get ${quote(next.href)}: stopped after ${REDIRECTS_MAX} redirects`)
  return get(request, next, redirects - 1)
}

function fetchOnce(
  { headers, timeoutMs }: HttpRequest,
  url: URL,
): Promise<HttpAnswer & { readonly location: string | undefined }> {
  const { promise, resolve, reject } = Promise.withResolvers<
    HttpAnswer & { readonly location: string | undefined }
  >()
  // A URL leaves out the port that is its scheme's own; Go does not.
  const address = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
  const text = url.href.replace(url.host, address)
  const fail = (words: string): void => reject(new Error(`Get ${quote(text)}: ${words}`))
  const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
    agent: false, // A connection of its own, as each probe is to see for itself.
    headers: headerMap(headers),
    rejectUnauthorized: false,
  })
  const timer = setTimeout(
    () => {
      fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
      outgoing.destroy()
    },
    Math.min(timeoutMs, 2 ** 31 - 1),
  )
  outgoing.once('response', (response) => {
    readBody(response).then(
      (body) =>
        resolve({ status: response.statusCode!, body, location: response.headers.location }),
      () => fail('unexpected EOF'),
    )
  })
  outgoing.on('error', (error) => fail(goWords(error, address)))
  outgoing.end()
  return promise.finally(() => {
    clearTimeout(timer)
    outgoing.destroy()
  })
}

function headerMap(headers: HttpRequest['headers']): Record<string, string | string[]> {
  const map: Record<string, string | string[]> = {}
  for (const [name, value] of headers) {
    const before = map[name]
    map[name] = before === undefined ? value : [before, value].flat()
  }
  return map
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= BODY_BYTES_MAX) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, BODY_BYTES_MAX)
}

function tcp(host: string, port: number, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const address = addressOf(host, port)
  const socket = connect({ host, port })
  const timer = setTimeout(() => reject(new Error(`dial tcp ${address}: i/o timeout`)), timeoutMs)
  socket.once('connect', resolve)
  socket.once('error', (error) => reject(new Error(goWords(error, address))))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.destroy()
  })
}

/** What Go's net package says of the same failure. */
function goWords(error: NodeJS.ErrnoException, address: string): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial tcp ${address}: connect: connection refused`,
    EHOSTUNREACH: `dial tcp ${address}: connect: no route to host`,
    ENETUNREACH: `dial tcp ${address}: connect: network is unreachable`,
    ETIMEDOUT: `dial tcp ${address}: connect: connection timed out`,
    ENOTFOUND: `dial tcp: lookup ${address.replace(/:\d+$/, '')}: no such host`,
    ECONNRESET: error.message === 'socket hang up' ? 'EOF' : `read: connection reset by peer`,
  }
  return words[error.code ?? ''] ?? error.message
}
