import { createServer, type Server } from 'node:http'
import type { Logger } from '../base/logger.ts'

/** What a load balancer is told of a Service on this node. */
export interface ServiceHealth {
  readonly namespace: string
  readonly name: string
  /** The Service's `healthCheckNodePort`. */
  readonly port: number
  /** How many ready endpoints are on this node. */
  readonly localEndpoints: number
}

interface Check {
  health: ServiceHealth
  readonly server: Server
}

/**
 * Answers on the health check node ports of Services whose external traffic policy is Local, as kube-proxy does: 200
 * where this node has endpoints and its rules are up to date, else 503.
 */
export class HealthChecks implements AsyncDisposable {
  readonly #checks = new Map<string, Check>()
  readonly #logger: Logger
  readonly #isHealthy: () => boolean

  /** `isHealthy`: whether the rules of this node are up to date. */
  constructor(logger: Logger, isHealthy: () => boolean) {
    this.#logger = logger
    this.#isHealthy = isHealthy
  }

  /** Puts a Service's health in the place of what it was; undefined where it needs no check. */
  set(key: string, health: ServiceHealth | undefined): void {
    const check = this.#checks.get(key)
    if (check && check.health.port === health?.port) {
      check.health = health
      return
    }
    if (check) {
      this.#checks.delete(key)
      void close(check.server)
    }
    if (health) this.#checks.set(key, this.#serve(health))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const servers = [...this.#checks.values()].map(({ server }) => server)
    this.#checks.clear()
    await Promise.all(servers.map(close))
  }

  #serve(health: ServiceHealth): Check {
    const server = createServer((_, response) => {
      const { namespace, name, localEndpoints } = check.health
      const serviceProxyHealthy = this.#isHealthy()
      response.writeHead(localEndpoints > 0 && serviceProxyHealthy ? 200 : 503, {
        'Content-Type': 'application/json',
        'X-Content-Type-Options': 'nosniff',
        'X-Load-Balancing-Endpoint-Weight': `${localEndpoints}`,
      })
      const service = { namespace, name }
      response.end(JSON.stringify({ service, localEndpoints, serviceProxyHealthy }))
    })
    server.on('error', (error) => {
      const { namespace, name, port } = check.health
      this.#logger.error('Cannot serve the health check of a Service', {
        service: `${namespace}/${name}`,
        port,
        error: error.message,
      })
    })
    const check: Check = { health, server }
    server.listen(health.port)
    return check
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
