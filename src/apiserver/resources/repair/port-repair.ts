import { Service } from '../../../api/core/v1/service.ts'
import type { Logger } from '../../../base/logger.ts'
import type { Client } from '../../../client/client.ts'
import type { EventRecorder } from '../../../controller-runtime/index.ts'
import type { NodePorts } from '../node-ports.ts'
import type { PortRange } from '../port-range.ts'
import { portsOf } from '../service-allocation.ts'

// How often a port must be found without a Service before it counts as leaked: one may be on its way.
const ROUNDS = 3

export interface PortRepairContext {
  readonly client: Client
  readonly events: EventRecorder
  readonly logger: Logger
}

type Finding = 'not allocated' | 'duplicate' | 'out of range'

/** Brings the record of the ports that are taken into agreement with the Services. */
export class PortRepair {
  readonly #ports: NodePorts
  readonly #context: PortRepairContext
  /** How often each port was found without a Service in a row. */
  #leaks = new Map<number, number>()

  constructor(ports: NodePorts, context: PortRepairContext) {
    this.#ports = ports
    this.#context = context
  }

  /** Goes through all Services once. */
  async run(): Promise<void> {
    const { client, logger } = this.#context
    // The record before the Services tells what is leaked, and that after them what is missing: a port is taken before
    // its Service is written, and given back after it.
    const before = await this.#ports.pretend((range) => range.used)
    const { items } = await client.list(Service)
    const now = await this.#ports.pretend((range) => range.used)
    const { held, findings } = review(items, now, this.#ports.span)
    const leaks = new Map<number, number>()
    for (const port of before) {
      if (!held.has(port)) leaks.set(port, (this.#leaks.get(port) ?? 0) + 1)
    }
    const gone = [...leaks].flatMap(([port, rounds]) => (rounds > ROUNDS ? [port] : []))
    const missing = [...held].filter((port) => !now.has(port))
    await this.#ports.change((range: PortRange) => {
      for (const port of missing) range.take(port)
      for (const port of gone) range.release(port)
    })
    for (const port of gone) {
      leaks.delete(port)
      logger.warn('A node port appears to have leaked: cleaning up', { port })
    }
    this.#leaks = leaks
    for (const [service, port, finding] of findings) this.#tell(service, port, finding)
  }

  #tell(service: Service, port: number, finding: Finding): void {
    const [reason, text] = TEXTS[finding](port, this.#ports.span.join('-'))
    this.#context.events.warning(service, reason, text)
  }
}

const TEXTS: Readonly<
  Record<Finding, (port: number, span: string) => readonly [reason: string, text: string]>
> = {
  'not allocated': (port) => ['PortNotAllocated', `Port ${port} is not allocated; repairing`],
  duplicate: (port) => [
    'PortAlreadyAllocated',
    `Port ${port} was assigned to multiple services; please recreate service`,
  ],
  'out of range': (port, span) => [
    'PortOutOfRange',
    `Port ${port} is not within the port range ${span}; please recreate service`,
  ],
}

interface Review {
  /** The ports that Services hold, as far as they are in the range. */
  readonly held: ReadonlySet<number>
  readonly findings: readonly (readonly [Service, number, Finding])[]
}

/** What is wrong with the ports of these Services, given those that the record has as taken. */
function review(
  services: readonly Service[],
  taken: ReadonlySet<number>,
  [from, to]: readonly [number, number],
): Review {
  const held = new Set<number>()
  const findings: (readonly [Service, number, Finding])[] = []
  for (const service of services) {
    for (const port of portsOf(service)) {
      if (port < from || port > to) findings.push([service, port, 'out of range'])
      else if (held.has(port)) findings.push([service, port, 'duplicate'])
      else {
        held.add(port)
        if (!taken.has(port)) findings.push([service, port, 'not allocated'])
      }
    }
  }
  return { held, findings }
}
