import { backoffMs, type Backoff } from '../base/backoff.ts'
import { sleep, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import { EndpointSlice } from '../api/discovery/v1/endpoint-slice.ts'
import { serviceKeysOf } from '../api/discovery/v1/service-name.ts'
import { Service } from '../api/core/v1/service.ts'
import type { Informer } from '../client/informer.ts'
import { indexBy } from '../client/object-cache.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import { applyNft, NftError } from '../base/nft.node.ts'
import { tableScript } from './nft-script.ts'
import { ServiceRules } from './service-rules.ts'
import { servicePorts, type Family } from './service-port.ts'

export interface ProxyOptions {
  readonly informers: SharedInformers
  readonly nodeName: string
  /** The nftables table, one for each cluster that runs in a network namespace. */
  readonly table: string
  readonly family: Family
  /** The addresses of Pods. */
  readonly clusterCidr?: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A proxy at work. Disposing stops it and leaves the rules in force, so that Services outlive a restart. */
export interface Proxy extends AsyncDisposable {
  /** Resolves once the rules for all Services are in force. */
  readonly ready: Promise<void>
}

const BACKOFF: Backoff = { baseMs: 500, maxMs: 30_000, jitter: 1 }

const slicesByService = indexBy(EndpointSlice, 'service', serviceKeysOf)

/** Keeps the nftables rules of this node in step with Services and EndpointSlices. */
export function startProxy(options: ProxyOptions): Proxy {
  const { informers, logger } = options
  const services = informers.informer(Service)
  const slices = informers.informer(EndpointSlice)
  const abort = new AbortController()
  const ready = Promise.withResolvers<void>()
  const changed = new ChangedServices()

  using subscriptions = new DisposableStack()
  subscriptions.use(services.subscribe(forEach((service: Service) => changed.add(keyOf(service)))))
  subscriptions.use(
    slices.subscribe(
      forEach((slice: EndpointSlice) => {
        for (const key of serviceKeysOf(slice)) changed.add(key)
      }),
    ),
  )
  const running = run(options, services, slices, changed, ready.resolve, abort.signal).catch(
    (error: unknown) => {
      if (abort.signal.aborted) return
      logger.error('The proxy stopped', { error: String(error) })
      ready.reject(error)
    },
  )
  const owned = subscriptions.move()

  return {
    ready: ready.promise,
    async [Symbol.asyncDispose]() {
      owned.dispose()
      abort.abort()
      changed.wake()
      await running
    },
  }
}

/** Which Services are to be planned again. Many changes before the next look are one. */
class ChangedServices {
  #keys = new Set<string>()
  #wake = Promise.withResolvers<void>()

  add(key: string): void {
    this.#keys.add(key)
    this.#wake.resolve()
  }

  wake(): void {
    this.#wake.resolve()
  }

  async take(): Promise<ReadonlySet<string>> {
    await this.#wake.promise
    const keys = this.#keys
    this.#keys = new Set()
    this.#wake = Promise.withResolvers()
    return keys
  }
}

async function run(
  options: ProxyOptions,
  services: Informer<Service>,
  slices: Informer<EndpointSlice>,
  changed: ChangedServices,
  onReady: () => void,
  signal: AbortSignal,
): Promise<void> {
  const { family, table, clusterCidr, clock, random, logger, nodeName } = options
  const rules = new ServiceRules(family)
  const plan = (keys: Iterable<string>): string => {
    const ports = [...keys].map((key) => {
      const [namespace, name] = key.split('/') as [string, string]
      const service = services.cache.get({ namespace, name })
      return [
        key,
        service
          ? servicePorts(service, slices.cache.find(slicesByService, key), family, nodeName)
          : [],
      ] as const
    })
    return rules.update(table, new Map(ports))
  }

  await Promise.all([services.waitForSync({ signal }), slices.waitForSync({ signal })])
  for (let failures = 0; !signal.aborted;) {
    try {
      rules.clear()
      // In one transaction with the removal of what an earlier run left, so that no connection falls between.
      await applyNft(
        tableScript(table, family, clusterCidr) + plan(services.cache.list().map(keyOf)),
      )
      onReady()
      failures = 0
      for (;;) {
        const keys = await changed.take()
        if (signal.aborted) return
        const script = plan(keys)
        if (script !== '') await applyNft(script)
      }
    } catch (error) {
      if (!(error instanceof NftError)) throw error
      // Whatever the table holds now, it is made anew as a whole.
      logger.error('Cannot bring Services into nftables', { error: error.message })
      await sleep(clock, backoffMs(BACKOFF, (failures += 1), random), { signal })
    }
  }
}

function keyOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`
}

function forEach<T>(call: (object: T) => void) {
  return {
    add: call,
    update: (object: T, before: T) => {
      call(before)
      call(object)
    },
    delete: call,
  }
}
