import { Service } from '../../../api/core/v1/service.ts'
import { IPAddress } from '../../../api/networking/v1/ip-address.ts'
import { ServiceCIDR } from '../../../api/networking/v1/service-cidr.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Logger } from '../../../base/logger.ts'
import type { Random } from '../../../base/random.ts'
import type { Transport } from '../../../client/transport.ts'
import {
  controller,
  createEventRecorder,
  startManager,
  watch,
  type Controller,
  type ControllerContext,
  type ObjectKey,
} from '../../../controller-runtime/index.ts'
import { every } from '../../base/every.ts'
import type { NodePorts } from '../node-ports.ts'
import { addressesOf, addressName } from '../service-address.ts'
import { ServiceAddresses } from '../service-addresses.ts'
import { ServiceRanges } from '../service-ranges.ts'
import { PortRepair } from './port-repair.ts'
import { repairIPAddress } from './repair-address.ts'
import { repairService } from './repair-service.ts'

const PORTS_MS = 180_000

export interface ServiceRepairOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly ports: NodePorts
  /** Called once, when everything was found right or made so. */
  readonly repaired: () => void
}

export interface ServiceRepair extends AsyncDisposable {
  readonly addresses: ServiceAddresses
}

/**
 * Starts what keeps Services and what is given out to them in agreement, and resolves when all Services that are there
 * have been looked at. Addresses are followed by events; the ports' record, in which only time tells what is leaked
 * from what is on its way, is gone through every three minutes, as upstream does.
 */
export async function startServiceRepair(options: ServiceRepairOptions): Promise<ServiceRepair> {
  const { clock, ports, repaired } = options
  await using stack = new AsyncDisposableStack()
  const first = Promise.withResolvers<void>()
  const loops = new RepairLoops(first.promise, repaired)
  const manager = stack.use(startManager({ ...options, controllers: loops.controllers }))
  await manager.waitForSync()
  const { client } = loops.context
  const component = 'portallocator-repair-controller'
  const events = createEventRecorder({ ...loops.context, component })
  const portRepair = new PortRepair(ports, { client, events, logger: options.logger })
  await loops.attempt('ports', () => portRepair.run())
  await loops.lookAtAll()
  first.resolve()
  stack.use(every(clock, PORTS_MS, () => loops.attempt('ports', () => portRepair.run())))
  const owned = stack.move()
  return { addresses: loops.addresses, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** The loops over Services and IPAddresses, which begin when everything has been looked at once. */
class RepairLoops {
  readonly #first: Promise<void>
  readonly #repaired: () => void
  /** What could not be put right so far. */
  readonly #failed = new Set<string>()
  #isFirstOver = false
  #context: ControllerContext | undefined
  #ranges: ServiceRanges | undefined

  constructor(first: Promise<void>, repaired: () => void) {
    this.#first = first
    this.#repaired = repaired
  }

  get context(): ControllerContext {
    return this.#context!
  }

  get addresses(): ServiceAddresses {
    const { client, informers } = this.context
    return new ServiceAddresses({
      client,
      known: informers.informer(IPAddress),
      ranges: this.ranges,
    })
  }

  get ranges(): ServiceRanges {
    return this.#ranges!
  }

  /** Looks at each Service once. */
  async lookAtAll(): Promise<void> {
    const context = { ...this.context, ranges: this.ranges }
    for (const service of context.cache.list(Service)) {
      await this.attempt(keyOf(service), () => repairService(service, context))
    }
    this.#isFirstOver = true
    this.#settled()
  }

  /** Does something that must not hold up the rest, and remembers where it fails. */
  async attempt(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
      this.#failed.delete(what)
    } catch (error) {
      this.#failed.add(what)
      this.context.logger.error('Cannot repair what Services were given', { what, error })
    }
    this.#settled()
  }

  get controllers(): readonly Controller[] {
    return [this.#services(), this.#ipAddresses()]
  }

  #settled(): void {
    if (this.#isFirstOver && this.#failed.size === 0) this.#repaired()
  }

  #services(): Controller {
    const spec = controller('service-ip-repair-controller', {
      eventSource: 'ipallocator-repair-controller',
      for: Service,
      reads: [ServiceCIDR],
      watches: [watch(IPAddress, ownerKeys)],
      reconcile: async (service, pass) => {
        await this.#first
        await repairService(service, { ...pass, ranges: this.ranges })
        if (this.#failed.delete(keyOf(service))) this.#settled()
      },
      gone: async ({ namespace, name }) => {
        if (this.#failed.delete(`${namespace}/${name}`)) this.#settled()
      },
    })
    return {
      ...spec,
      start: (context) => {
        const { client, informers } = context
        const { cache } = informers.informer(ServiceCIDR)
        this.#ranges = new ServiceRanges(() => cache.list(), client)
        this.#context = context
        return spec.start(context)
      },
    }
  }

  #ipAddresses(): Controller {
    return controller('ip-address-repair-controller', {
      eventSource: 'ipallocator-repair-controller',
      for: IPAddress,
      reads: [ServiceCIDR],
      watches: [
        watch(
          Service,
          (service) => addressesOf(service).map((address) => ({ name: addressName(address) })),
          (after, before) => addressesOf(after).join() !== addressesOf(before).join(),
        ),
      ],
      reconcile: async (address, pass) => {
        await this.#first
        return repairIPAddress(address, { ...pass, ranges: this.ranges })
      },
    })
  }
}

function ownerKeys({ spec }: IPAddress): readonly ObjectKey[] {
  const { namespace = '', name } = spec.parentRef
  return [{ namespace, name }]
}

function keyOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`
}
