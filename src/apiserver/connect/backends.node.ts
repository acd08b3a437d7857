import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { proxyUpgrade } from '../../streams/proxy-upgrade.node.ts'
import { takeOverConnection } from '../../serving/upgrade.node.ts'
import type { BackendRequest, BackendResponse, Backends, BackendTarget } from './backends.ts'

export interface NodeBackendsOptions {
  /** As whom the server calls node agents: `apiserver-kubelet-client`. In PEM. */
  readonly kubeletClient: { readonly certPem: string; readonly keyPem: string }
  /** Whose certificates node agents have. In PEM. */
  readonly kubeletCaPem: string
}

export interface NodeBackends extends Backends, Disposable {
  /** Uses another certificate, other authorities, for connections from now on. */
  setKubelet(options: NodeBackendsOptions): void
}

/** Backends over Node's own HTTP. Disposing it closes the connections that are kept open. */
export function nodeBackends(options: NodeBackendsOptions): NodeBackends {
  let kubeletTls = kubeletTlsOf(options)
  const agents = {
    kubelet: new HttpsAgent({ keepAlive: true }),
    none: new HttpsAgent({ rejectUnauthorized: false }),
    plain: new HttpAgent(),
  }
  return {
    // What identifies a connection of an agent includes its certificates.
    request: (target, request) =>
      send(target, request, agents, target.trust === 'kubelet' ? kubeletTls : {}),
    setKubelet(next) {
      kubeletTls = kubeletTlsOf(next)
    },
    async upgrade(exchange, target) {
      const upgrade = takeOverConnection(exchange)
      if (!upgrade) throw new Error('the request is no request to upgrade')
      const { rawRequest: request, socket, head } = upgrade
      const tls = target.trust === 'kubelet' ? kubeletTls : { rejectUnauthorized: false }
      await proxyUpgrade({ request, socket, head }, { url: urlOf(target), tls })
    },
    [Symbol.dispose]() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

interface KubeletTls {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

function kubeletTlsOf({ kubeletClient, kubeletCaPem }: NodeBackendsOptions): KubeletTls {
  return { cert: kubeletClient.certPem, key: kubeletClient.keyPem, ca: kubeletCaPem }
}

interface Agents {
  readonly kubelet: HttpsAgent
  readonly none: HttpsAgent
  readonly plain: HttpAgent
}

function urlOf({ scheme, host, port, path }: BackendTarget): URL {
  const name = host.includes(':') ? `[${host}]` : host
  return new URL(`${scheme}://${name}:${port}${path}`)
}

function send(
  target: BackendTarget,
  { method, headers, body, signal }: BackendRequest,
  agents: Agents,
  tls: Partial<KubeletTls>,
): Promise<BackendResponse> {
  const { scheme, host, port, path, trust } = target
  const common = { host, port, path, method, headers: headers as OutgoingHttpHeaders, signal }
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: response as AsyncIterable<Uint8Array>,
      })
    const request =
      scheme === 'https'
        ? httpsRequest({ ...common, ...tls, agent: agents[trust] }, answered)
        : httpRequest({ ...common, agent: agents.plain }, answered)
    request.on('error', reject)
    if (body) Readable.from(body).on('error', reject).pipe(request)
    else request.end()
  })
}
