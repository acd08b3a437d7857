import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request, type RequestOptions } from 'node:https'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { parseYamlDocuments } from '../../src/apimachinery/yaml.ts'
import type { Kubeconfig } from '../../src/client/kubeconfig.ts'

/** An object or a list of any kind, as it is on the wire. */
export interface Wire {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid: string
    readonly resourceVersion: string
    readonly generation?: number
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
    readonly deletionTimestamp?: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items?: readonly Wire[]
  readonly [field: string]: unknown
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** What the server said; the text itself where it is no JSON. */
  readonly body: Wire
  readonly text: string
}

interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface WireEvent {
  readonly type: string
  readonly object: Wire
}

/** A watch, event by event. */
export interface Watch extends Disposable {
  /** The next event. Rejects when the server has ended the watch. */
  next(): Promise<WireEvent>
}

/** HTTP requests to a cluster, as the conformance suite makes them: nothing of ours is between. */
export interface Rest extends Disposable {
  /** What it takes to send a request otherwise. */
  target(path: string): RequestOptions
  /** Any request, with any outcome. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** These fail where the server refuses. */
  get(path: string): Promise<Wire>
  post(path: string, body: unknown): Promise<Wire>
  put(path: string, body: unknown): Promise<Wire>
  /** A merge patch, or one of another kind by its content type. */
  patch(path: string, body: unknown, contentType?: string): Promise<Wire>
  delete(path: string, body?: unknown): Promise<Wire>
  watch(path: string): Promise<Watch>
}

const MERGE_PATCH = 'application/merge-patch+json'

/** Requests as the user of a kubeconfig. */
export function rest(kubeconfig: string): Rest {
  const { server, agent } = accessOf(kubeconfig)
  const send = async (
    method: string,
    path: string,
    options: CallOptions,
  ): Promise<IncomingMessage> => {
    const { body, headers = {} } = options
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const call = request(`${server}${path}`, {
      method,
      agent,
      headers: {
        ...(sent !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(sent),
        }),
        ...headers,
      },
    })
    call.end(sent)
    const [response] = (await once(call, 'response')) as [IncomingMessage]
    return response
  }
  const call: Rest['call'] = async (method, path, options = {}) => {
    const response = await send(method, path, options)
    const said = await text(response)
    const { statusCode: status = 0, headers } = response
    return { status, headers, text: said, body: parsed(said) }
  }
  const must = async (method: string, path: string, options: CallOptions = {}): Promise<Wire> => {
    const answer = await call(method, path, options)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    return answer.body
  }
  return {
    target(path) {
      const { hostname, port } = new URL(server)
      return { hostname, port, path, agent }
    },
    call,
    get: (path) => must('GET', path),
    post: (path, body) => must('POST', path, { body }),
    put: (path, body) => must('PUT', path, { body }),
    patch: (path, body, contentType = MERGE_PATCH) =>
      must('PATCH', path, { body, headers: { 'content-type': contentType } }),
    delete: (path, body) => must('DELETE', path, { body }),
    watch: async (path) => watching(await send('GET', path, {})),
    [Symbol.dispose]: () => agent.destroy(),
  }
}

function parsed(said: string): Wire {
  try {
    return JSON.parse(said) as Wire
  } catch {
    return { kind: '', apiVersion: '', metadata: { name: '', uid: '', resourceVersion: '' } }
  }
}

function watching(response: IncomingMessage): Watch {
  const lines = createInterface({ input: response })[Symbol.asyncIterator]()
  return {
    async next() {
      const { done, value } = await lines.next()
      assert.ok(done !== true, 'the server has ended the watch')
      return JSON.parse(value) as WireEvent
    },
    [Symbol.dispose]: () => void response.destroy(),
  }
}

/** How to reach a cluster. */
export interface Access {
  readonly server: string
  readonly agent: Agent
}

/** As the user of a kubeconfig. Its agent keeps connections until it is destroyed. */
export function accessOf(kubeconfig: string): Access {
  const [document] = parseYamlDocuments(kubeconfig)
  const { clusters, users } = document!.value as Kubeconfig
  const { cluster } = clusters[0]!
  const { user } = users[0]!
  const decoded = (base64 = ''): Buffer => Buffer.from(base64, 'base64')
  const agent = new Agent({
    keepAlive: true,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  })
  return { server: cluster.server!, agent }
}
