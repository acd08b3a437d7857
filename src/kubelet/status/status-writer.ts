import type { PodStatus } from '../../api/core/v1/common.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import { backoffMs } from '../../base/backoff.ts'
import { coalesced } from '../../base/coalesced.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import { statusPatch } from './status-patch.ts'

const RETRY = { baseMs: 200, maxMs: 10_000 }
const PENDING_DELAY_MS = 250 // A Pod that runs sooner needs no report that it will.

/** Reports the status of one Pod: the newest only, one write at a time, tried again until it works. */
export interface StatusWriter {
  set(pod: Pod, status: PodStatus): void
  /** Resolves once the newest status is stored, or the Pod is gone. */
  flush(): Promise<void>
}

export interface StatusWriterOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

export function statusWriter(options: StatusWriterOptions): StatusWriter {
  const { clock, signal } = options
  let wanted: { readonly pod: Pod; readonly status: PodStatus } | undefined
  let stored: Pod | undefined // As of our last write, which the cache may not show yet.
  let hurry = Promise.withResolvers<void>()

  const writeAll = async (): Promise<void> => {
    for (let failures = 0; wanted && !signal.aborted;) {
      if (failures === 0 && isUneventful(wanted.status))
        await Promise.race([sleep(clock, PENDING_DELAY_MS, { signal }), hurry.promise])
      const { pod, status } = wanted
      wanted = undefined
      try {
        stored =
          (await write(options.client, pod, newer(pod, stored).status, status, signal)) ?? stored
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (isNotFound(error)) return
        options.logger.debug('Cannot write the status of a Pod', { pod: pod.metadata.name, error })
        wanted ??= { pod, status }
        failures += 1
        await sleep(clock, backoffMs(RETRY, failures), { signal })
      }
    }
  }
  const work = coalesced(() =>
    writeAll().catch((error: unknown) => {
      if (!signal.aborted) throw error
    }),
  )
  return {
    set(pod, status) {
      wanted = { pod, status }
      if (!isUneventful(status)) {
        hurry.resolve()
        hurry = Promise.withResolvers()
      }
      void work()
    },
    flush() {
      hurry.resolve()
      return work()
    },
  }
}

/** Nothing has happened yet that anybody waits for. */
function isUneventful({
  phase,
  containerStatuses,
  initContainerStatuses = [],
}: PodStatus): boolean {
  if (phase !== 'Pending') return false
  return [...(containerStatuses ?? []), ...initContainerStatuses].every(({ state }) =>
    ['ContainerCreating', 'PodInitializing'].includes(state.waiting?.reason ?? ''),
  )
}

function newer(pod: Pod, stored: Pod | undefined): Pod {
  if (!stored) return pod
  const [seen, own] = [pod, stored].map(({ metadata }) => BigInt(metadata.resourceVersion ?? 0))
  return seen! > own! ? pod : stored
}

async function write(
  client: Client,
  pod: Pod,
  before: PodStatus,
  after: PodStatus,
  signal: AbortSignal,
): Promise<Pod | undefined> {
  const patch = statusPatch(before, after)
  if (!patch) return undefined
  const { name, namespace, uid } = pod.metadata
  const body = { metadata: { uid }, status: patch }
  return client.patch(Pod, { name, namespace: namespace }, 'strategic', body, {
    subresource: 'status',
    signal,
  })
}
