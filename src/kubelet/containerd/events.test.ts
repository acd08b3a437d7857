import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { eventually } from '../../base/async-eventually.node.ts'
import { createChannel } from '../../base/async.ts'
import { virtualClock } from '../../base/virtual-clock.node.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { serveGrpc, streamMethod, unaryMethod } from '../../grpc/grpc-server.node.ts'
import type { Input } from '../../grpc/proto3.ts'
import { RUNTIME } from '../cri/methods.ts'
import { runtimeService } from '../cri/runtime-service.ts'
import type { RuntimeEvent } from '../cri/types.ts'
import { type Envelope, EVENTS, TaskExit } from './event-messages.ts'
import { containerdEvents } from './events.ts'
import { TASKS } from './task-messages.ts'

const SANDBOX = 'sandbox'
const OFTEN = 200

interface Containerd {
  /** What CRI calls running: containers of one sandbox. */
  readonly shown: Set<string>
  /** Whose processes run, the sandbox's among them. */
  readonly alive: Set<string>
}

/** A containerd of which the test says what each of its sides knows, and all that a subscriber is told. */
async function subscribed({ shown, alive }: Containerd) {
  const stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-events-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const asked = new Map<string, number>()
  const topics = createChannel<Input<Envelope>>({ limit: 100 })
  const server = await serveGrpc(join(folder, 's'), [
    streamMethod(EVENTS.subscribe, () => topics),
    unaryMethod(EVENTS.publish, ({ topic }) => {
      topics.push({ topic })
      return {}
    }),
    unaryMethod(TASKS.list, () => ({
      tasks: [...alive].map((id) => ({ id, status: 'RUNNING' as const })),
    })),
    unaryMethod(RUNTIME.listContainers, ({ filter }) => {
      const wanted = filter?.id ?? ''
      asked.set(wanted, (asked.get(wanted) ?? 0) + 1)
      return {
        containers: [...shown]
          .filter((id) => wanted === '' || wanted === id)
          .map((id) => ({ id, podSandboxId: SANDBOX, state: 'CONTAINER_RUNNING' as const })),
      }
    }),
    unaryMethod(RUNTIME.listPodSandbox, ({ filter }) => ({
      items: [SANDBOX]
        .filter((id) => !filter?.id || filter.id === id)
        .map((id) => ({ id, state: 'SANDBOX_READY' as const })),
    })),
  ])
  stack.use(server)
  const connection = stack.use(grpcConnection(server.endpoint))
  const clock = virtualClock()
  const abort = new AbortController()
  const told: RuntimeEvent[] = []
  const follow = async (): Promise<void> => {
    const source = { connection, runtime: runtimeService(connection), clock }
    for await (const event of containerdEvents(source, abort)) told.push(event)
  }
  const following = follow().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error
  })
  stack.defer(async () => {
    abort.abort()
    await following
    topics.close()
  })
  return {
    told,
    /** How often CRI was asked for a container. */
    asked: (id: string) => asked.get(id) ?? 0,
    /** Lets time pass, and what was asked be answered. */
    async pass() {
      await clock.advance(1000)
      await setImmediate()
    },
    exit(containerId: string) {
      const event = { value: TaskExit.encode({ containerId, id: containerId }) }
      topics.push({ topic: '/tasks/exit', event })
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('containerdEvents() holds an exit until CRI shows it, however long that takes', async () => {
  const shown = new Set(['slow', 'quick'])
  await using t = await subscribed({ shown, alive: new Set([SANDBOX, 'slow', 'quick']) })
  await eventually(() => t.told.length === 1)
  assert.deepEqual(t.told, [{ type: 'gap' }])

  t.exit('slow')
  while (t.asked('slow') < OFTEN) await t.pass()
  assert.equal(t.told.length, 1)
  t.exit('quick')
  shown.delete('quick')
  await eventually(() => t.told.length === 2)
  shown.delete('slow')
  while (t.told.length < 3) await t.pass()
  assert.deepEqual(
    t.told.slice(1).map((event) => 'containerId' in event && event.containerId),
    ['quick', 'slow'],
  )
})

test('containerdEvents() tells of what had ended before, and CRI did not know yet', async () => {
  const shown = new Set(['ended', 'alive'])
  await using t = await subscribed({ shown, alive: new Set([SANDBOX, 'alive']) })
  await eventually(() => t.asked('ended') > 0)
  assert.deepEqual(t.told, [{ type: 'gap' }])
  shown.delete('ended')
  while (t.told.length < 2) await t.pass()
  assert.equal('containerId' in t.told[1]! && t.told[1].containerId, 'ended')
})
