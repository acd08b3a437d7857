import type { Event } from '../api/core/v1/event.ts'
import { Event as EventClass } from '../api/core/v1/event.ts'
import type { UserInfo } from '../apiserver/authentication/authenticator.ts'
import { testApiServer, type TestApiServerOptions } from '../apiserver/testing.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { virtualClock } from '../base/virtual-clock.node.ts'
import type { VirtualClock } from '../base/virtual-clock.ts'
import type { Clock } from '../base/clock.ts'
import type { Client } from '../client/client.ts'
import { createClient } from '../client/create-client.ts'
import type { Transport } from '../client/transport.ts'
import type { Controller } from './controller.ts'
import { startManager } from './manager.ts'
import type { ControllerMetrics } from './metrics.ts'

export interface TestCluster extends AsyncDisposable {
  readonly client: Client
  /** A client that acts as somebody else. */
  clientFor(user: UserInfo): Client
  readonly clock: VirtualClock
  /** Resolves once nothing is left to do before the clock moves on. */
  settle(): Promise<void>
  /** The events so far, oldest first, as `REASON MESSAGE`. */
  events(): Promise<readonly string[]>
}

export interface TestClusterOptions extends Partial<TestApiServerOptions> {
  readonly logger?: Logger
  readonly controllerMetrics?: ControllerMetrics
  /** What the controllers' requests go through. */
  readonly through?: (transport: Transport, clock: Clock) => Transport
}

const SYNC_MS_MAX = 600_000
const SETTLE_MS = 200 // Quick retries of lost races are part of settling.

/** A real API server in memory and controllers at work on it, under a virtual clock, for tests. */
export async function testCluster(
  controllers: readonly Controller[],
  {
    logger = silentLogger,
    through = (same) => same,
    controllerMetrics: metrics,
    ...options
  }: TestClusterOptions = {},
): Promise<TestCluster> {
  const clock = virtualClock()
  const stack = new AsyncDisposableStack()
  const server = stack.use(await testApiServer({ clock, ...options }))
  const client = createClient(server.transport)
  const transport = through(server.transport, clock)
  const manager = startManager({
    controllers,
    transport,
    clock,
    random: seededRandom(2),
    logger,
    ...(metrics && { metrics }),
  })
  stack.use(manager)
  let isSynced = false
  void manager.waitForSync().then(() => (isSynced = true))
  await clock.advanceUntil(() => isSynced, SYNC_MS_MAX)

  const settle = async (): Promise<void> => clock.advance(SETTLE_MS)
  await settle()
  return {
    client,
    clientFor: (user) => createClient(server.server.transportFor(user)),
    clock,
    settle,
    async events() {
      const { items } = await client.list(EventClass)
      return items.toSorted(byName).map(({ reason, message }) => `${reason} ${message}`)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

// Names end with the time at which they were made.
function byName(a: Event, b: Event): number {
  const [left, right] = [a, b].map(({ metadata }) => metadata.name.split('.').at(-1)!)
  return left! < right! ? -1 : 1
}
