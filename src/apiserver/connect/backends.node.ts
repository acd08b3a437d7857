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

/** Backends over Node's own HTTP. Disposing it closes the connections that are kept open. */
export function nodeBackends(options: NodeBackendsOptions): Backends & Disposable {
  const { kubeletClient, kubeletCaPem } = options
  const kubeletTls = {
    cert: kubeletClient.certPem,
    key: kubeletClient.keyPem,
    ca: kubeletCaPem,
  }
  const agents = {
    kubelet: new HttpsAgent({ keepAlive: true, ...kubeletTls }),
    none: new HttpsAgent({ rejectUnauthorized: false }),
    plain: new HttpAgent(),
  }
  return {
    request: (target, request) => send(target, request, agents),
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
        ? httpsRequest({ ...common, agent: agents[trust] }, answered)
        : httpRequest({ ...common, agent: agents.plain }, answered)
    request.on('error', reject)
    if (body) Readable.from(body).on('error', reject).pipe(request)
    else request.end()
  })
}
