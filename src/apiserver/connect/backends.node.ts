import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'
import { Readable } from 'node:stream'
import type { UpgradeTarget } from '../../streams/dial-upgrade.node.ts'
import { hostAndPort } from '../../base/host-and-port.ts'
import { proxyUpgrade } from '../../streams/proxy-upgrade.node.ts'
import { acceptLogSocket } from '../http/watch-socket.node.ts'
import { takeOverConnection } from '../../serving/upgrade.node.ts'
import { closedLookup } from './closed-lookup.node.ts'
import type { BackendRequest, BackendResponse, Backends, BackendTarget } from './backends.ts'

export interface NodeBackendsOptions {
  /** As whom the server calls node agents: `apiserver-kubelet-client`. In PEM. */
  readonly kubeletClient: { readonly certPem: string; readonly keyPem: string }
  /** Whose certificates node agents have. In PEM. */
  readonly kubeletCaPem: string
  /** As whom it speaks to other API servers: `front-proxy-client`. In PEM; without it nobody believes it there. */
  readonly frontProxyClient?: { readonly certPem: string; readonly keyPem: string }
}

export interface NodeBackends extends Backends, Disposable {
  /** Uses another certificate, other authorities, for connections from now on. */
  setKubelet(options: NodeBackendsOptions): void
}

/** Backends over Node's own HTTP. Disposing it closes the connections that are kept open. */
export function nodeBackends(options: NodeBackendsOptions): NodeBackends {
  let tls = tlsOptions(options)
  const agents = {
    http: new HttpAgent(),
    https: new HttpsAgent(KEPT),
    closedHttps: new HttpsAgent(KEPT),
  }
  return {
    // What identifies a connection of an agent includes its certificates.
    request: (target, request) => sendTwice(target, request, agents, tls(target.trust)),
    setKubelet(next) {
      tls = tlsOptions(next)
    },
    async upgrade(exchange, target) {
      const upgrade = takeOverConnection(exchange)
      if (!upgrade) throw new Error('the request is no request to upgrade')
      const { rawRequest: request, socket, head } = upgrade
      const { headers, closed = false } = target
      await proxyUpgrade(
        { request, socket, head },
        {
          url: urlOf(target),
          tls: tls(target.trust),
          // The caller names headers as one piece each, or several.
          ...(headers && { headers: headers as NonNullable<UpgradeTarget['headers']> }),
          ...(closed && { lookup: closedLookup }),
        },
      )
    },
    logSocket: acceptLogSocket,
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

const KEPT = { keepAlive: true, timeout: 90_000 } as const // As long as a connection may lie idle.

type Tls = NonNullable<UpgradeTarget['tls']>

function tlsOptions(options: NodeBackendsOptions): (trust: BackendTarget['trust']) => Tls {
  const { kubeletClient, kubeletCaPem, frontProxyClient: client } = options
  const kubelet = { cert: kubeletClient.certPem, key: kubeletClient.keyPem, ca: kubeletCaPem }
  const frontProxy = client && { cert: client.certPem, key: client.keyPem }
  return (trust) => {
    if (trust === 'kubelet') return kubelet
    if (trust === 'none') return { rejectUnauthorized: false }
    const { serverName: servername, verify, ca } = trust
    return {
      ...frontProxy,
      servername,
      rejectUnauthorized: verify,
      ...(ca !== undefined && { ca }),
    }
  }
}

interface Agents {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  /** For closed targets: they may not be reached by a connection whose address nobody has looked at. */
  readonly closedHttps: HttpsAgent
}

function urlOf({ scheme, host, port, path }: BackendTarget): URL {
  return new URL(`${scheme}://${hostAndPort(host, port)}${path}`)
}

/** A kept connection may have died unseen: what has no body and changes nothing is sent once more. */
async function sendTwice(
  target: BackendTarget,
  request: BackendRequest,
  agents: Agents,
  tls: Tls,
): Promise<BackendResponse> {
  try {
    return await send(target, request, agents, tls)
  } catch (error) {
    const isSafe = request.method === 'GET' && request.body === undefined
    if (!(error instanceof StaleConnectionError) || !isSafe) throw error
  }
  return send(target, request, agents, tls)
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError'
}

function send(
  target: BackendTarget,
  { method, headers, body, signal }: BackendRequest,
  agents: Agents,
  tls: Tls,
): Promise<BackendResponse> {
  const { scheme, host, port, path, closed = false } = target
  const common = {
    host,
    port,
    path,
    method,
    headers: headers as OutgoingHttpHeaders,
    signal,
    ...(closed && { lookup: closedLookup }),
  }
  const agent = closed ? agents.closedHttps : agents.https
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: response as AsyncIterable<Uint8Array>,
      })
    const request =
      scheme === 'https'
        ? httpsRequest({ ...common, ...(tls as RequestOptions), agent }, answered)
        : httpRequest({ ...common, agent: agents.http }, answered)
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && error.code === 'ECONNRESET'
      reject(isStale ? new StaleConnectionError(error.message, { cause: error }) : error)
    })
    if (body) Readable.from(body).on('error', reject).pipe(request)
    else request.end()
  })
}
