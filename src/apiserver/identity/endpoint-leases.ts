import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { encodeJson, parseJson } from '../../schema/json.ts'
import type { Store } from '../../storage/store.ts'
import { utf8 } from '../base/bytes.ts'
import { every } from '../base/every.ts'

const PREFIX = '/registry/masterleases/'
const TTL_SECONDS = 15
const RENEW_MS = 10_000
const ATTEMPTS_MAX = 5

export interface EndpointLeasesOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** This server's own. */
  readonly address: string
  /** Publishes the addresses of all servers that run. */
  readonly publish: (addresses: readonly string[]) => Promise<void>
}

/** Keeps an address in the list until it is disposed, which takes it off. */
export interface EndpointLeases extends AsyncDisposable {
  /** Renews the lease and publishes all addresses, now. */
  reconcile(): Promise<void>
}

/**
 * Several API servers on one store know of each other by keys that pass away when they are not renewed: what is left
 * are the endpoints of the Service `kubernetes`. One server's end is noticed within 15 seconds, at once where it ends
 * well. As upstream's lease endpoint reconciler.
 */
export async function startEndpointLeases(options: EndpointLeasesOptions): Promise<EndpointLeases> {
  const { store, clock, logger, address, publish } = options
  const key = PREFIX + address
  const reconcile = async (): Promise<void> => {
    await renew(store, key, address)
    await publish(await addressesIn(store))
  }
  await reconcile()
  const timer = every(clock, RENEW_MS, async () => {
    try {
      await reconcile()
    } catch (error) {
      logger.warn('Cannot renew the endpoint of this API server', { address, error })
    }
  })
  return {
    reconcile,
    async [Symbol.asyncDispose]() {
      timer[Symbol.dispose]()
      await remove(store, key)
      const rest = await addressesIn(store)
      // The last one leaves its address behind: it may well come back, and an empty list helps nobody.
      if (rest.length > 0) await publish(rest)
    },
  }
}

async function renew(store: Store, key: string, address: string): Promise<void> {
  const value = { bytes: utf8(encodeJson({ address })) }
  let expected = (await store.get(key))?.revision ?? 0
  for (let attempt = 1; ; attempt++) {
    const result = await store.commit(key, expected, {
      type: 'put',
      value,
      ttlSeconds: TTL_SECONDS,
    })
    if (result.ok) return
    // The old one passed away just now.
    if (attempt === ATTEMPTS_MAX) throw new Error(`${key} changes all the time`)
    expected = result.current?.revision ?? 0
  }
}

async function remove(store: Store, key: string): Promise<void> {
  const entry = await store.get(key)
  if (entry) await store.commit(key, entry.revision, { type: 'delete' })
}

async function addressesIn(store: Store): Promise<readonly string[]> {
  const { entries } = await store.list(PREFIX)
  return entries.map(({ value }) => {
    return (parseJson(value.bytes) as { readonly address: string }).address
  })
}
