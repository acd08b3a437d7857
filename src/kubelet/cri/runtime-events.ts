import { linkedAbort } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import { sleep } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { containerdEvents, type EventSource } from '../containerd/events.ts'
import { isUnimplemented } from '../../grpc/errors.ts'
import type { ContainerEventResponse, RuntimeEvent } from './types.ts'

const RETRY = { baseMs: 100, maxMs: 5000 }
const RELIST_MS = 1000 // As upstream's kubelet, for a runtime that tells nothing.

type Open = (
  source: EventSource,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<RuntimeEvent>

/**
 * What happens to the runtime's containers, until the signal aborts: from CRI's own stream, from containerd's where
 * the runtime lacks that, and else a `gap` every second. When a stream breaks it is opened again, and a `gap` says so.
 */
export async function* runtimeEvents(
  source: EventSource & { readonly logger: Logger },
  { signal }: { readonly signal: AbortSignal },
): AsyncIterable<RuntimeEvent> {
  const streams: Open[] = [criEvents, containerdEvents]
  for (let failures = 0; !signal.aborted;) {
    try {
      for await (const event of (streams[0] ?? relist)(source, { signal })) {
        failures = 0
        yield event
      }
    } catch (error) {
      if (signal.aborted) return
      if (isUnimplemented(error)) {
        streams.shift()
        continue
      }
      source.logger.warn('Lost the events of the container runtime', { error: String(error) })
    }
    failures += 1
    await sleep(source.clock, backoffMs(RETRY, failures), { signal }).catch(() => undefined)
  }
}

// The workers alone create and start anything, and look afterwards.
const TYPES = {
  CONTAINER_CREATED_EVENT: undefined,
  CONTAINER_STARTED_EVENT: undefined,
  CONTAINER_STOPPED_EVENT: 'stopped',
  CONTAINER_DELETED_EVENT: 'deleted',
} as const

async function* criEvents(
  { runtime }: EventSource,
  { signal }: { readonly signal: AbortSignal },
): AsyncIterable<RuntimeEvent> {
  using scope = linkedAbort(signal)
  const responses = runtime.getContainerEvents(scope)[Symbol.asyncIterator]()
  // Runtimes do not say when the stream has begun. It was asked for before whatever the reader asks upon the gap.
  let next = responses.next()
  next.catch(() => undefined) // Awaited below, unless the reader stops at the gap.
  try {
    yield { type: 'gap' }
    for (let result = await next; !result.done; result = await next) {
      const event = runtimeEvent(result.value)
      if (event) yield event
      next = responses.next()
    }
  } finally {
    scope.abort() // A return() would wait for the next event.
  }
}

function runtimeEvent(response: ContainerEventResponse): RuntimeEvent | undefined {
  const { containerId, containerEventType, podSandboxStatus } = response
  const type = TYPES[containerEventType]
  return type && { type, containerId, sandboxId: podSandboxStatus?.id ?? '' }
}

async function* relist(
  { clock }: EventSource,
  { signal }: { readonly signal: AbortSignal },
): AsyncIterable<RuntimeEvent> {
  for (;;) {
    yield { type: 'gap' }
    await sleep(clock, RELIST_MS, { signal })
  }
}
