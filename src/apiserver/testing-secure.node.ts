import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/random.ts'
import { createClient } from '../client/create-client.ts'
import type { Client } from '../client/client.ts'
import { serviceAccountTokens, type ServiceAccountTokens } from '../pki/service-account-tokens.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { MemoryStore } from '../storage/memory/memory-store.ts'
import type { PluginChoice } from './admission/plugins/admission-plugins.ts'
import type { ApiServer } from './api-server.ts'
import type { UserInfo } from './authentication/authenticator.ts'
import type { WebhookCaller } from './webhook-client/webhook-caller.ts'
import { createSecureApiServer, type SecureApiServerOptions } from './secure-api-server.ts'
import { ResourceCalls } from './testing.node.ts'

export interface SecureTestServer extends AsyncDisposable {
  readonly server: ApiServer
  readonly tokens: ServiceAccountTokens
  readonly store: MemoryStore
  /** The client of a member of system:masters, or of somebody else. */
  client(user?: UserInfo): Client
  /** Calls on one resource, as a member of system:masters or as somebody else. */
  calls(groupVersion: string, resource: string, namespace?: string, user?: UserInfo): ResourceCalls
}

export const ADMIN: UserInfo = { name: 'admin', groups: ['system:masters'] }

/** A node, as its certificate makes it known. */
export function nodeUser(name: string): UserInfo {
  return { name: `system:node:${name}`, groups: ['system:nodes'] }
}

/** An API server with all its authenticators, authorizers and admission plugins, on a store in memory. */
export async function startSecureTestServer({
  clock = systemClock,
  store = new MemoryStore({ clock }),
  plugins = {},
  webhooks,
  served,
  access = {},
}: {
  readonly clock?: Clock
  readonly store?: MemoryStore
  readonly plugins?: PluginChoice
  readonly webhooks?: WebhookCaller
  readonly served?: readonly ResourceClass[]
  /** Who is known and who decides, where not as by default. */
  readonly access?: Pick<
    SecureApiServerOptions,
    | 'allowsAnonymous'
    | 'audit'
    | 'authenticators'
    | 'authorization'
    | 'metrics'
    | 'requestHeader'
    | 'tokenLife'
    | 'stages'
  >
} = {}): Promise<SecureTestServer> {
  const crypto = nodeCrypto()
  const signingKey = crypto.generateKeyPair('ES256').privateKey
  const tokens = serviceAccountTokens({ crypto, clock, signingKey })
  const server = createSecureApiServer({
    store,
    clock,
    crypto,
    tokens,
    plugins,
    random: seededRandom(1),
    logger: silentLogger,
    freeze: true,
    ...(webhooks && { webhooks }),
    ...(served && { served }),
    ...access,
  })
  await server.start()
  return {
    server,
    tokens,
    store,
    client: (user = ADMIN) => createClient(server.transportFor(user)),
    calls: (groupVersion, resource, namespace, user = ADMIN) =>
      new ResourceCalls(server.transportFor(user), groupVersion, resource, namespace),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
