import { once } from 'node:events'
import { createServer } from 'node:http'
import { METRICS_TYPE, metricsText } from '../../apiserver/http/prometheus.node.ts'
import type { MetricSet } from '../../base/metrics.ts'
import { listenOnAll, ListenError } from '../../serving/listen.node.ts'
import { parseListen } from '../flags/flags.node.ts'
import { UserError } from '../user-error.ts'

export interface PlainAnswer {
  readonly status?: number
  /** Plain text where absent. */
  readonly type?: string
  readonly text: string
}

const TEXT = 'text/plain; charset=utf-8'

/** What is answered at each path. */
export type PlainPaths = Readonly<Record<string, () => PlainAnswer | Promise<PlainAnswer>>>

/** Serves a component's metrics, those of its process among them, and further paths beside them; see `servePlain`. */
export function serveMetrics(
  set: MetricSet,
  listen: string,
  paths: PlainPaths,
): ReturnType<typeof servePlain> {
  const read = metricsText(set, { ownProcess: true })
  const metrics = async (): Promise<PlainAnswer> => ({ type: METRICS_TYPE, text: await read() })
  return servePlain('metrics-bind-address', listen, { ...paths, '/metrics': metrics })
}

/**
 * Serves paths to everybody over plain HTTP, as kube-proxy and CoreDNS serve their health and metrics. `flag` is the one
 * that says where, `HOST:PORT`. Throws `UserError` where nobody can listen there.
 */
export async function servePlain(
  flag: string,
  listen: string,
  paths: PlainPaths,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { host, port: wanted } = parseListen(listen, flag)
  const answer = async (url: string): Promise<PlainAnswer> => {
    const [path = ''] = url.split('?')
    return (await paths[path]?.()) ?? { status: 404, text: '404 page not found\n' }
  }
  const make = () =>
    createServer((request, response) => {
      const send = ({ status = 200, type = TEXT, text }: PlainAnswer): void => {
        response.writeHead(status, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' })
        response.end(text)
      }
      answer(request.url ?? '').then(send, (error: unknown) =>
        send({ status: 500, text: `${String(error)}\n` }),
      )
    })
  const { port, servers } = await listenOnAll([host], wanted, make).catch((cause: unknown) => {
    if (!(cause instanceof ListenError)) throw cause
    throw new UserError(`${cause.message}; choose another with --${flag}.`, { cause })
  })
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = servers.map((server) => once(server, 'close'))
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
      await Promise.all(closed)
    },
  }
}
