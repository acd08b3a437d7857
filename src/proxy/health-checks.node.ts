import { createServer, type Server, type ServerResponse } from 'node:http'
import { networkInterfaces } from 'node:os'
import type { Logger } from '../base/logger.ts'
import { addressesIn } from './node-port-addresses.ts'

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
  readonly servers: readonly Server[]
}

/**
 * Answers on the health check node ports of Services whose external traffic policy is Local, as kube-proxy does: 200
 * where this node has endpoints and its rules are up to date, else 503.
 */
export class HealthChecks implements AsyncDisposable {
  readonly #checks = new Map<string, Check>()
  readonly #logger: Logger
  readonly #isHealthy: () => boolean
  readonly #ranges: readonly string[] | undefined

  /**
   * `isHealthy`: whether the rules of this node are up to date. `ranges`: on which of this machine's addresses to answer,
   * as on node ports; on all where absent.
   */
  constructor(logger: Logger, isHealthy: () => boolean, ranges?: readonly string[]) {
    this.#logger = logger
    this.#isHealthy = isHealthy
    this.#ranges = ranges
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
      void closeAll([check])
    }
    if (health) this.#checks.set(key, this.#serve(health))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const checks = [...this.#checks.values()]
    this.#checks.clear()
    await closeAll(checks)
  }

  #serve(health: ServiceHealth): Check {
    const hosts = this.#ranges ? addressesIn(this.#ranges, ownAddresses()) : [undefined]
    const servers = hosts.map((host) => {
      const server = createServer((_, response) => this.#answer(check.health, response))
      server.on('error', (error) => this.#cannotServe(check.health, error))
      server.listen({ port: health.port, ...(host !== undefined && { host }) })
      return server
    })
    const check: Check = { health, servers }
    return check
  }

  #answer({ namespace, name, localEndpoints }: ServiceHealth, response: ServerResponse): void {
    const serviceProxyHealthy = this.#isHealthy()
    response.writeHead(localEndpoints > 0 && serviceProxyHealthy ? 200 : 503, {
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
      'X-Load-Balancing-Endpoint-Weight': `${localEndpoints}`,
    })
    const service = { namespace, name }
    response.end(JSON.stringify({ service, localEndpoints, serviceProxyHealthy }))
  }

  #cannotServe({ namespace, name, port }: ServiceHealth, { message: error }: Error): void {
    const service = `${namespace}/${name}`
    this.#logger.error('Cannot serve the health check of a Service', { service, port, error })
  }
}

/** Those of this machine; addresses with a scope are of one link alone. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((link) =>
    (link ?? []).flatMap((each) => ('scopeid' in each && each.scopeid ? [] : [each.address])),
  )
}

async function closeAll(checks: readonly Check[]): Promise<void> {
  await Promise.all(checks.flatMap(({ servers }) => servers).map(close))
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
