import { Lease } from '../../api/coordination/v1/lease.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/status-predicates.ts'
import { microTimestamp, sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'

const NAMESPACE = 'kube-node-lease'
const RETRY_MS = 200

export interface NodeLeaseOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeName: string
  /** Of the Node object, to which the lease belongs. */
  readonly nodeUid: () => string | undefined
  /** How long the node counts as alive without a renewal. */
  readonly durationSeconds: number
}

/** Renews the node's lease, four times before it would end, until the signal aborts (KEP-589). */
export async function renewNodeLease(
  options: NodeLeaseOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = options
  let lease: Lease | undefined
  while (!signal.aborted) {
    let waitMs = options.durationSeconds * 250
    try {
      lease = await renew(options, lease, signal)
    } catch (error) {
      if (signal.aborted) return
      logger.debug('Cannot renew the lease of the node', { error })
      lease = undefined
      waitMs = RETRY_MS
    }
    await sleep(clock, waitMs, { signal }).catch(() => undefined)
  }
}

async function renew(
  { client, clock, nodeName, nodeUid, durationSeconds }: NodeLeaseOptions,
  lease: Lease | undefined,
  signal: AbortSignal,
): Promise<Lease> {
  const key = { namespace: NAMESPACE, name: nodeName }
  const spec = {
    holderIdentity: nodeName,
    leaseDurationSeconds: durationSeconds,
    renewTime: microTimestamp(clock),
  }
  const found = lease ?? (await client.get(Lease, key, { signal }).catch(unless(isNotFound)))
  if (found) return client.update(Lease, { ...found, spec: { ...found.spec, ...spec } }, { signal })
  const uid = nodeUid()
  if (uid === undefined) throw new Error('the node is not registered yet')
  const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid }
  const metadata = { ...key, ownerReferences: [owner] }
  const created = await client
    .create(Lease, { metadata, spec }, { signal })
    .catch(unless(isAlreadyExists))
  return created ?? client.get(Lease, key, { signal })
}

function unless(expected: (error: unknown) => boolean): (error: unknown) => undefined {
  return (error) => {
    if (!expected(error)) throw error
    return undefined
  }
}
