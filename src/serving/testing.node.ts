import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import {
  type ClientHttp2Session,
  connect,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger } from '../base/logger.ts'
import { renewPki } from '../pki/cluster-pki.ts'
import type { Pki } from '../pki/pki-files.ts'
import type { HttpHandler } from './exchange.ts'
import type { TlsCredentials } from './tls-settings.node.ts'
import { serveTls, type TlsServer, type TlsServerOptions } from './tls-server.node.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Ask {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Uint8Array | string
}

/** Keys and certificates of a cluster that exists for a test alone. */
export function testPki(): Pki {
  return renewPki(new Map(), { crypto: nodeCrypto(), clock: systemClock }).pki
}

export function testCredentials(pki: Pki): TlsCredentials {
  return {
    ...pki.apiServer,
    clientAuthorities: { client: pki.ca.certPem, 'front-proxy': pki.frontProxyCa.certPem },
  }
}

/** Serves on a free port of loopback until the test ends. */
export async function testServer(
  t: TestContext,
  handler: HttpHandler,
  options: Partial<TlsServerOptions> = {},
): Promise<{ readonly server: TlsServer; readonly pki: Pki }> {
  const pki = testPki()
  const server = await serveTls({
    clock: systemClock,
    logger: silentLogger,
    hosts: ['127.0.0.1'],
    port: 0,
    credentials: testCredentials(pki),
    handler,
    ...options,
  })
  t.after(() => server.close(0))
  return { server, pki }
}

/** Asks over HTTP/1.1, by default on a connection of its own. */
export async function ask1(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, ...tls }: Ask & RequestOptions = {},
): Promise<Answer> {
  const options = { host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false }
  const request = httpsRequest({ agent: new Agent(), ...options, ...tls })
  const answered = once(request, 'response')
  request.on('error', () => undefined) // A reset after the answer is no failure; one before rejects `answered`.
  request.end(body)
  const [response] = (await answered) as [IncomingMessage]
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await buffer(response),
  }
}

/** Opens an HTTP/2 connection that the test's end closes. */
export async function connect2(
  t: TestContext,
  port: number,
  tls: SecureClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, ...tls })
  session.on('error', () => undefined)
  t.after(() => session.destroy())
  await once(session, 'connect')
  return session
}

/** Asks over HTTP/2. */
export async function ask2(
  session: ClientHttp2Session,
  path: string,
  { method = 'GET', headers = {}, body }: Ask = {},
): Promise<Answer> {
  const stream = session.request({ ':method': method, ':path': path, ...headers })
  const answered = once(stream, 'response')
  stream.end(body)
  const [fields] = (await answered) as [IncomingHttpHeaders & { readonly ':status': number }]
  return { status: fields[':status'], headers: fields, body: await buffer(stream) }
}
