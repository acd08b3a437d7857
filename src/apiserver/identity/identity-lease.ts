import { microTimestamp, timestamp, type Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Logger } from '../../base/logger.ts'
import { uuid, type Random } from '../../base/random.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { Lease } from '../../api/coordination/v1/lease.ts'
import type { Client } from '../../client/client.ts'
import { every } from '../base/every.ts'

/** Marks the Leases of API servers; the value is `kube-apiserver`. */
export const IDENTITY_LABEL = 'apiserver.kubernetes.io/identity'
const COMPONENT = 'kube-apiserver'
const NAMESPACE = 'kube-system'
const DURATION_SECONDS = 3600
const RENEW_MS = 10_000
const COLLECT_MS = 3_600_000

export interface IdentityOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly logger: Logger
  /** The machine's name, from which the server's own name follows. */
  readonly hostname: string
}

/**
 * Says by a Lease that this API server runs, and removes those of servers that have not said so for an hour
 * (KEP-1965). Resolves when the Lease is there.
 */
export async function startIdentityLease(options: IdentityOptions): Promise<Disposable> {
  const { clock, logger, random } = options
  const name = serverIdentity(options)
  const holder = `${name}_${uuid(random)}`
  const attempt = (what: string, act: () => Promise<void>) => async (): Promise<void> => {
    try {
      await act()
    } catch (error) {
      logger.warn(`Cannot ${what} of an API server`, { name, error })
    }
  }
  const renew = attempt('renew the lease', () => renewLease(options, name, holder))
  const collect = attempt('remove the lease', () => removeExpired(options))
  await renew()
  await collect()
  const timers = [every(clock, RENEW_MS, renew), every(clock, COLLECT_MS, collect)]
  return { [Symbol.dispose]: () => timers.forEach((timer) => timer[Symbol.dispose]()) }
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** `apiserver-` and a hash of the machine's name: the same after a restart. */
export function serverIdentity({
  crypto,
  hostname,
}: Pick<IdentityOptions, 'crypto' | 'hostname'>): string {
  const hash = crypto.hash('sha256', hostname).subarray(0, 16)
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = bits.match(/.{1,5}/g)!.map((five) => BASE32[parseInt(five.padEnd(5, '0'), 2)])
  return `apiserver-${letters.join('')}`
}

async function renewLease(
  { client, clock, hostname }: IdentityOptions,
  name: string,
  holderIdentity: string,
): Promise<void> {
  const now = microTimestamp(clock)
  const labels = { [IDENTITY_LABEL]: COMPONENT, 'kubernetes.io/hostname': hostname }
  const current = await find(client, name)
  if (!current) {
    await client.create(Lease, {
      metadata: { name, namespace: NAMESPACE, labels },
      spec: {
        holderIdentity,
        leaseDurationSeconds: DURATION_SECONDS,
        acquireTime: now,
        renewTime: now,
      },
    })
    return
  }
  const isMine = current.spec.holderIdentity === holderIdentity
  await client.update(Lease, {
    ...current,
    metadata: { ...current.metadata, labels: { ...current.metadata.labels, ...labels } },
    spec: {
      ...current.spec,
      holderIdentity,
      leaseDurationSeconds: DURATION_SECONDS,
      ...(!isMine && { acquireTime: now }),
      renewTime: now,
    },
  })
}

async function find(client: Client, name: string): Promise<Lease | undefined> {
  try {
    return await client.get(Lease, { namespace: NAMESPACE, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function removeExpired({ client, clock, logger }: IdentityOptions): Promise<void> {
  const labelSelector = `${IDENTITY_LABEL}=${COMPONENT}`
  const { items } = await client.list(Lease, { namespace: NAMESPACE, labelSelector })
  for (const lease of items) {
    if (!isExpired(lease, clock)) continue
    const { name, uid } = lease.metadata
    logger.info('removing the lease of an API server that is gone', { name, at: timestamp(clock) })
    await client
      .delete(Lease, { namespace: NAMESPACE, name }, { preconditions: { uid } })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
  }
}

function isExpired({ spec }: Lease, clock: Clock): boolean {
  const { renewTime, leaseDurationSeconds } = spec
  if (renewTime === undefined || leaseDurationSeconds === undefined) return true
  return Date.parse(renewTime) + leaseDurationSeconds * 1000 < clock.now()
}
