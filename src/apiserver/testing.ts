import type { Clock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import type { Transport } from '../client/transport.ts'
import { MemoryStore } from '../storage/memory/memory-store.ts'
import { createApiServer, type ApiServer, type ApiServerOptions } from './api-server.ts'
import type { Authorizer } from './authorization/authorizer.ts'

type Given = 'store' | 'logger' | 'freeze'

/** As for a real server. Everybody may do everything unless authorizers say otherwise. */
export interface TestApiServerOptions extends Partial<Omit<ApiServerOptions, Given>> {
  readonly clock: Clock
  readonly seed?: number
}

export interface TestApiServer extends AsyncDisposable {
  readonly server: ApiServer
  readonly store: MemoryStore
  /** Calls as a member of system:masters. */
  readonly transport: Transport
}

/** A real API server on a store in memory, for tests: objects are frozen at every depth. */
export async function testApiServer(options: TestApiServerOptions): Promise<TestApiServer> {
  const { clock, authorizers = [allowAll], seed = 1, random = seededRandom(seed) } = options
  const store = new MemoryStore({ clock })
  const server = createApiServer({
    ...options,
    store,
    random,
    logger: silentLogger,
    authorizers,
    freeze: true,
  })
  await server.start()
  const transport = server.transportFor({ name: 'test', groups: ['system:masters'] })
  return {
    server,
    store,
    transport,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

const allowAll: Authorizer = {
  name: 'AlwaysAllow',
  authorize: () => ({ decision: 'allow', reason: '' }),
}
