import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { serverIdentity } from '../../../src/streams/testing-identity.node.ts'
import { GROUP, groupList, openApi2, openApi3, PATH, resourceList, VERSION } from './flunders.ts'

/** Somebody asked something, as the sample server saw it. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Other = 'hang' | ((response: ServerResponse) => void)

interface Flunder {
  readonly kind: 'Flunder'
  readonly apiVersion: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid?: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

/** An API server of its own beside the cluster's, as Kubernetes' sample-apiserver is one: flunders, in memory. */
export interface SampleServer extends AsyncDisposable {
  readonly port: number
  /** The authority of its certificate, as an APIService names it. */
  readonly caBundle: string
  readonly seen: readonly Seen[]
  /** From now on, a path is answered otherwise; `hang`: not at all; undefined: as at first. */
  on(path: string, answer: Other | undefined): void
  /** How many requests hang whose client is still there. */
  readonly hanging: number
}

/** Starts a sample server behind the Service `name` of a namespace. Whoever speaks for others must show a certificate. */
export async function startSampleServer(
  namespace: string,
  clientCa: string,
  name = 'sample-api',
): Promise<SampleServer> {
  const identity = serverIdentity([`${name}.${namespace}.svc`])
  const { key, cert } = identity
  const tls = { key, cert, ca: clientCa, requestCert: true, rejectUnauthorized: false }
  const sample = new Sample()
  const server = createServer(tls, (request, response) => {
    sample.answer(request, response).catch(() => void response.destroy())
  })
  server.on('upgrade', upgrade)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(identity.ca).toString('base64'),
    seen: sample.seen,
    on: (path, answer) => void sample.others.set(path, answer),
    get hanging() {
      return sample.hanging.size
    },
    [Symbol.asyncDispose]: () => stop(server),
  }
}

async function stop(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

/** Speaks a protocol of its own under the name of another: says who asks, and then sends everything back. */
function upgrade(request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined)
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
  )
  socket.write(`${String(request.headers['x-remote-user'])}\n`)
  socket.pipe(socket)
}

class Sample {
  readonly seen: Seen[] = []
  readonly others = new Map<string, Other | undefined>()
  readonly hanging = new Set<ServerResponse>()
  readonly #flunders = new Map<string, Flunder>()
  readonly #watches = new Set<ServerResponse>()
  #revision = 0

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    const { pathname, searchParams } = new URL(url, 'https://sample')
    const body = await text(request)
    this.seen.push({ method, url, headers, body })
    const other = this.others.get(pathname)
    if (other === 'hang') return this.#hang(response)
    if (other) return other(response)
    if (!(request.socket as TLSSocket).authorized) {
      return send(response, 401, failure(401, 'Unauthorized', 'Unauthorized'))
    }
    const document = documentOf(pathname, headers.accept ?? '')
    if (document) return send(response, 200, document)
    this.#resource(method, pathname, searchParams, body, response)
  }

  #hang(response: ServerResponse): void {
    this.hanging.add(response)
    response.once('close', () => this.hanging.delete(response))
  }

  #resource(
    method: string,
    path: string,
    query: URLSearchParams,
    body: string,
    response: ServerResponse,
  ): void {
    const match = /^(?:\/namespaces\/([^/]+))?\/flunders(?:\/([^/]+))?$/.exec(
      path.slice(PATH.length),
    )
    if (!match || !path.startsWith(PATH)) {
      return send(response, 404, failure(404, 'NotFound', `no such path: ${path}`))
    }
    const [, namespace, name] = match
    if (query.get('watch') === 'true') return this.#watch(query, response)
    if (method === 'GET' && name === undefined) return send(response, 200, this.#list(namespace))
    if (method === 'POST') {
      const sent = JSON.parse(body) as Flunder
      return send(response, 201, this.#put('ADDED', namespace!, sent.metadata.name, sent))
    }
    if (method === 'DELETE' && name === undefined) {
      for (const each of this.#items(namespace)) this.#delete(each)
      return send(response, 200, this.#list(namespace))
    }
    const found = this.#flunders.get(`${namespace}/${name}`)
    if (!found) {
      const message = `flunders.${GROUP} "${name}" not found`
      return send(response, 404, failure(404, 'NotFound', message))
    }
    if (method === 'DELETE') this.#delete(found)
    const change =
      method === 'PUT' || method === 'PATCH' ? (JSON.parse(body) as Flunder) : undefined
    const metadata = { ...found.metadata, ...change?.metadata }
    const next =
      change && this.#put('MODIFIED', namespace!, name!, { ...found, ...change, metadata })
    send(response, 200, next ?? found)
  }

  #items(namespace: string | undefined): readonly Flunder[] {
    const all = [...this.#flunders.values()]
    return all.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
  }

  #list(namespace: string | undefined): object {
    return {
      kind: 'FlunderList',
      apiVersion: `${GROUP}/${VERSION}`,
      metadata: { resourceVersion: String(this.#revision) },
      items: this.#items(namespace),
    }
  }

  #bookmark(): object {
    const annotations = { 'k8s.io/initial-events-end': 'true' }
    return {
      kind: 'Flunder',
      apiVersion: `${GROUP}/${VERSION}`,
      metadata: { resourceVersion: String(this.#revision), annotations },
    }
  }

  #put(type: string, namespace: string, name: string, sent: Flunder): Flunder {
    this.#revision += 1
    const { uid = `uid-${this.#revision}` } = sent.metadata
    const resourceVersion = String(this.#revision)
    const flunder: Flunder = {
      ...sent,
      metadata: { ...sent.metadata, namespace, name, uid, resourceVersion },
    }
    this.#flunders.set(`${namespace}/${name}`, flunder)
    this.#tell(type, flunder)
    return flunder
  }

  #delete(flunder: Flunder): void {
    const { namespace, name } = flunder.metadata
    this.#flunders.delete(`${namespace}/${name}`)
    this.#tell('DELETED', flunder)
  }

  #tell(type: string, object: Flunder): void {
    for (const watch of this.#watches) watch.write(`${JSON.stringify({ type, object })}\n`)
  }

  #watch(query: URLSearchParams, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (const object of this.#items(undefined)) {
      response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`)
    }
    if (query.get('sendInitialEvents') === 'true')
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object: this.#bookmark() })}\n`)
    response.flushHeaders()
    this.#watches.add(response)
    response.once('close', () => this.#watches.delete(response))
  }
}

function documentOf(path: string, accept: string): object | undefined {
  const isAggregated = accept.includes('as=APIGroupDiscoveryList')
  if (path === '/apis') return isAggregated ? groupList() : { kind: 'APIGroupList', groups: [] }
  if (path === PATH) return resourceList()
  if (path === '/openapi/v2') return openApi2()
  if (path === '/openapi/v3') {
    return { paths: { [PATH.slice(1)]: { serverRelativeURL: `/openapi/v3${PATH}?hash=1` } } }
  }
  return path === `/openapi/v3${PATH}` ? openApi3() : undefined
}

function failure(code: number, reason: string, message: string): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code,
  }
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
