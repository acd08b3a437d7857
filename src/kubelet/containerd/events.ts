import { createChannel, linkedAbort, type Channel } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Connection } from '../../grpc/connection.ts'
import type { RuntimeEvent, RuntimeService } from '../cri/types.ts'
import { ContainerDelete, EVENTS, TaskExit, TaskOom, type Envelope } from './event-messages.ts'
import { TASKS } from './task-messages.ts'

const NAMESPACE = { 'containerd-namespace': 'k8s.io' }
const MARKER = '/trierarch/subscribed'
const TOPICS = `^(/tasks/(exit|oom)|/containers/delete|${MARKER})$`
const FILTER = `namespace==k8s.io,topic~=${JSON.stringify(TOPICS)}`
const MARKER_RETRY_MS = 50
const MARKER_TIMEOUT_MS = 5000
const CONFIRM_RETRY = { baseMs: 10, maxMs: 1000, factor: 1.2 }
const TASKS_TIMEOUT_MS = 120_000 // containerd asks every shim.
const PENDING_MAX = 10_000

export interface EventSource {
  readonly connection: Connection
  readonly runtime: RuntimeService
  readonly clock: Clock
}

type ContainerEvent = Exclude<RuntimeEvent, { readonly type: 'gap' }>
type RawEvent = Pick<ContainerEvent, 'type' | 'containerId'>

/**
 * What happens to CRI's containers, from containerd's own events service, which releases have that lack CRI's. It
 * begins with `gap`, when nothing that happens from now on can be missed. Throws when the subscription breaks.
 *
 * containerd tells of an exit before its CRI side knows of it, on a busy machine seconds before. Each event is
 * therefore held until CRI shows it, so that who asks after an event sees what it told; and what has ended already when
 * the subscription begins, but CRI still calls running, is told of, too.
 */
export async function* containerdEvents(
  source: EventSource,
  { signal }: { readonly signal: AbortSignal },
): AsyncIterable<RuntimeEvent> {
  using scope = linkedAbort(signal)
  const channel = createChannel<RuntimeEvent>({ limit: PENDING_MAX })
  const close = (error?: Error): void => channel.close(error)
  follow(source, channel, scope.signal).then(() => close(), close)
  try {
    yield* channel
  } finally {
    scope.abort()
  }
}

async function follow(
  source: EventSource,
  channel: Channel<RuntimeEvent>,
  signal: AbortSignal,
): Promise<void> {
  const confirm = confirmer(source, channel, signal)
  using marking = linkedAbort(signal)
  publishMarkers(source, marking.signal).catch((error: Error) => {
    if (!marking.signal.aborted) channel.close(error)
  })

  const options = { signal, headers: NAMESPACE, waitForReady: true }
  for await (const envelope of source.connection.stream(
    EVENTS.subscribe,
    { filters: [FILTER] },
    options,
  )) {
    const event = parse(envelope)
    if (event) confirm(event)
    if (envelope.topic !== MARKER || marking.signal.aborted) continue
    marking.abort()
    channel.push({ type: 'gap' })
    for (const containerId of await endedUnseen(source, signal))
      confirm({ type: 'stopped', containerId })
  }
}

/** Containers and sandboxes whose processes have ended, which CRI does not know yet. */
async function endedUnseen(
  { connection, runtime }: EventSource,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [containers, sandboxes] = await Promise.all([
    runtime.listContainers({ state: 'CONTAINER_RUNNING' }, { signal }),
    runtime.listPodSandbox({ state: 'SANDBOX_READY' }, { signal }),
  ])
  const options = { signal, headers: NAMESPACE, timeoutMs: TASKS_TIMEOUT_MS }
  const { tasks } = await connection.unary(TASKS.list, {}, options)
  const alive = new Set(tasks.filter(({ status }) => status !== 'STOPPED').map(({ id }) => id))
  return [...containers, ...sandboxes].map(({ id }) => id).filter((id) => !alive.has(id))
}

/** containerd does not say when a subscription has begun: it has when an event of our own comes back. */
async function publishMarkers(
  { connection, clock }: EventSource,
  signal: AbortSignal,
): Promise<void> {
  const request = { topic: MARKER, event: { typeUrl: 'trierarch.Subscribed' } }
  const options = { signal, headers: NAMESPACE, waitForReady: true, timeoutMs: MARKER_TIMEOUT_MS }
  while (!signal.aborted) {
    await connection.unary(EVENTS.publish, request, options)
    await sleep(clock, MARKER_RETRY_MS, { signal })
  }
}

function parse({ topic, event }: Envelope): RawEvent | undefined {
  const bytes = event?.value ?? new Uint8Array()
  if (topic === '/tasks/oom') return { type: 'oom', containerId: TaskOom.decode(bytes).containerId }
  if (topic === '/containers/delete')
    return { type: 'deleted', containerId: ContainerDelete.decode(bytes).id }
  if (topic !== '/tasks/exit') return undefined
  const { containerId, id } = TaskExit.decode(bytes)
  return id === containerId ? { type: 'stopped', containerId } : undefined
}

/** Passes events on when CRI shows them: in order for each container, since a slow one must not hold up others. */
function confirmer(
  source: EventSource,
  channel: Channel<RuntimeEvent>,
  signal: AbortSignal,
): (event: RawEvent) => void {
  const sandboxes = new Map<string, string>() // By container, for when CRI has forgotten it.
  const last = new Map<string, Promise<void>>()

  const pass = async (event: RawEvent): Promise<void> => {
    const { containerId, type } = event
    const sandboxId = (await shown(source, event, signal)) ?? sandboxes.get(containerId) ?? ''
    if (type === 'deleted') sandboxes.delete(containerId)
    else sandboxes.set(containerId, sandboxId)
    channel.push({ type, containerId, sandboxId })
  }
  return (event) => {
    const before = last.get(event.containerId) ?? Promise.resolve()
    const passing = before
      .then(() => pass(event))
      .catch((error: Error) => channel.close(error))
      .finally(() => {
        if (last.get(event.containerId) === passing) last.delete(event.containerId)
      })
    last.set(event.containerId, passing)
  }
}

/** Waits until CRI shows the event, however long that takes; gives the sandbox where it is known. */
async function shown(
  { runtime, clock }: EventSource,
  { type, containerId }: RawEvent,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await look(runtime, containerId, signal)
    const done = {
      oom: true,
      stopped: !seen || seen.stopped,
      deleted: !seen,
    }[type]
    if (done) return seen?.sandboxId
    await sleep(clock, backoffMs(CONFIRM_RETRY, attempt), { signal })
  }
}

interface Seen {
  readonly sandboxId: string
  readonly stopped: boolean
}

async function look(
  runtime: RuntimeService,
  id: string,
  signal: AbortSignal,
): Promise<Seen | undefined> {
  const [container] = await runtime.listContainers({ id }, { signal })
  if (container) {
    const { podSandboxId: sandboxId, state } = container
    return { sandboxId, stopped: state === 'CONTAINER_EXITED' }
  }
  const [sandbox] = await runtime.listPodSandbox({ id }, { signal })
  return sandbox && { sandboxId: id, stopped: sandbox.state === 'SANDBOX_NOTREADY' }
}
