import type { Clock } from '../base/clock.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import type { Transport } from '../client/transport.ts'
import { MemoryStore } from '../storage/memory/memory-store.ts'
import type { Crypto } from '../base/crypto.ts'
import type { Authenticator } from './authentication/authenticator.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import { createApiServer, type ApiServer } from './api-server.ts'
import type { Backends } from './connect/backends.ts'
import type { AcceptWatchSocket } from './http/watch-socket.ts'
import type { Authorizer } from './authorization/authorizer.ts'

export interface TestApiServerOptions {
  readonly clock: Clock
  /** To read client certificates, of requests over HTTP. */
  readonly crypto?: Crypto
  /** Asked who sends HTTP requests; nobody is known where absent. */
  readonly authenticators?: readonly Authenticator[]
  /** Allows everything where absent. */
  readonly authorizers?: readonly Authorizer[]
  readonly admissionPlugins?: readonly AdmissionPlugin[]
  /** How to speak to nodes, for requests over HTTP. */
  readonly backends?: Backends
  readonly acceptWatchSocket?: AcceptWatchSocket
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
  const { clock, authorizers = [allowAll], seed = 1 } = options
  const store = new MemoryStore({ clock })
  const server = createApiServer({
    ...options,
    store,
    random: seededRandom(seed),
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
