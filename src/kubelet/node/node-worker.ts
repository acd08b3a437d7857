import { Node, type NodeStatus } from '../../api/core/v1/node.ts'
import type { Taint } from '../../api/core/v1/toleration.ts'
import { equal } from '../../apimachinery/equality.ts'
import { isAlreadyExists } from '../../apimachinery/status-predicates.ts'
import { backoffMs } from '../../base/backoff.ts'
import { sleep, timestamp, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import type { Input } from '../../schema/message.ts'
import { nodeStatus, type NodeFacts } from './node-status.ts'

const RETRY = { baseMs: 200, maxMs: 7000 }

export interface NodeWorkerOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  /** Of this node's own Node object alone. */
  readonly informer: Informer<Node>
  readonly nodeName: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Of a Node that is not there yet. */
  readonly taints: readonly Taint[]
  /** How often the node looks at itself, in milliseconds. */
  readonly checkMs: number
  /** How often it tells, where nothing has changed. */
  readonly reportMs: number
  /** Called with the registered Node before its status is reported for the first time. */
  prepare(node: Node): Promise<void>
  facts(): Promise<NodeFacts>
}

export interface NodeWorker {
  /** Something about the node has changed: looks and reports at once. */
  touch(): void
  /** Registers the node and keeps its status up to date, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves once the node was reported ready. */
  readonly ready: Promise<void>
}

export function nodeWorker(options: NodeWorkerOptions): NodeWorker {
  const { clock, logger } = options
  const ready = Promise.withResolvers<void>()
  let touched = Promise.withResolvers<void>()
  let stored: Node | undefined
  let isRegistered = false
  let reportedMs = -Infinity

  const report = async (signal: AbortSignal): Promise<void> => {
    if (isRegistered)
      stored = newest(options.informer.cache.get({ name: options.nodeName }), stored)
    if (!isRegistered || !stored) {
      stored = await register(options, signal)
      await options.prepare(stored)
      isRegistered = true
    }
    const status = nodeStatus(await options.facts(), stored.status, timestamp(clock))
    const isDue = clock.monotonic() - reportedMs >= options.reportMs
    if (isDue || hasChanged(stored.status, status)) {
      stored = await write(options, stored, status, signal)
      reportedMs = clock.monotonic()
    }
    if (status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
      ready.resolve()
  }
  return {
    ready: ready.promise,
    touch: () => touched.resolve(),
    async run(signal) {
      for (let failures = 0; !signal.aborted;) {
        try {
          await report(signal)
          failures = 0
        } catch (error) {
          if (signal.aborted) return
          failures += 1
          stored = undefined
          logger.debug('Cannot report the status of the node', { error })
        }
        const waitMs = failures > 0 ? backoffMs(RETRY, failures) : options.checkMs
        const woken = new AbortController()
        await Promise.race([
          sleep(clock, waitMs, { signal: AbortSignal.any([signal, woken.signal]) }),
          touched.promise,
        ]).catch(() => undefined)
        woken.abort()
        touched = Promise.withResolvers()
      }
    },
  }
}

/** The cache may not have seen yet what was written last. Versions compare as numbers (KEP-5504). */
function newest(cached: Node | undefined, written: Node | undefined): Node | undefined {
  if (!cached || !written) return cached ?? written
  const isAhead = BigInt(written.metadata.resourceVersion) > BigInt(cached.metadata.resourceVersion)
  return isAhead ? written : cached
}

/** Creates the Node, or takes over the one there is and sees to its labels and annotations. */
async function register(options: NodeWorkerOptions, signal: AbortSignal): Promise<Node> {
  const { client, clock, nodeName, labels, annotations, taints } = options
  const status = nodeStatus(await options.facts(), { conditions: [] }, timestamp(clock))
  const node: Input<Node> = {
    metadata: { name: nodeName, labels, annotations },
    ...(taints.length > 0 && { spec: { taints } }),
    status,
  }
  try {
    return await client.create(Node, node, { signal })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
  const found = await client.get(Node, { name: nodeName }, { signal })
  const { metadata } = found
  const isLabelled =
    contains(metadata.labels, labels) && contains(metadata.annotations, annotations)
  if (isLabelled) return found
  const patch = { metadata: { labels, annotations } }
  return client.patch(Node, { name: nodeName }, 'strategic', patch, { signal })
}

function contains(
  all: Readonly<Record<string, string>> = {},
  some: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(some).every(([key, value]) => all[key] === value)
}

function hasChanged(before: NodeStatus, after: NodeStatus): boolean {
  const keys = Object.keys(after) as (keyof NodeStatus)[]
  return keys.some((key) =>
    key === 'conditions'
      ? !equal(withoutTimes(before.conditions), withoutTimes(after.conditions))
      : !equal(before[key], after[key]),
  )
}

// Conditions of others do not count.
function withoutTimes(conditions: NodeStatus['conditions'] = []): unknown {
  return conditions
    .filter(({ type }) => OWN_CONDITIONS.has(type))
    .map(({ type, status, reason, message }) => ({ type, status, reason, message }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
}

const OWN_CONDITIONS = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'])

async function write(
  { client, nodeName }: NodeWorkerOptions,
  before: Node,
  { addresses, ...status }: NodeStatus,
  signal: AbortSignal,
): Promise<Node> {
  const isMoved = !equal(before.status.addresses, addresses)
  // Merged by type, so two addresses of one type need the list replaced as a whole.
  const moved = isMoved ? { addresses: [...(addresses ?? []), { $patch: 'replace' }] } : {}
  const patch = { status: { ...status, ...moved } }
  return client.patch(Node, { name: nodeName }, 'strategic', patch, {
    subresource: 'status',
    signal,
  })
}
