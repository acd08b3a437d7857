import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import { systemRandom } from '../base/random.node.ts'
import { SERVED_RESOURCES } from '../api/resources.ts'
import { parseYamlDocuments } from '../apimachinery/yaml.ts'
import { createSecureApiServer } from '../apiserver/secure-api-server.ts'
import type { UserInfo } from '../apiserver/authentication/authenticator.ts'
import { createClient } from '../client/create-client.ts'
import type { Client } from '../client/client.ts'
import { serviceAccountTokens } from '../pki/service-account-tokens.ts'
import { apiVersionOf, type ResourceClass } from '../schema/resource.ts'
import { MemoryStore } from '../storage/memory/memory-store.ts'
import { startComponents } from './components.ts'

export interface ClusterOptions {
  /** How many simulated nodes; 1 where absent. */
  readonly nodes?: number
  readonly logger?: Logger
}

const ADMIN: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters'] }
const SERVICE_RANGE = '10.96.0.0/16'
const CLUSTER_CIDR = '10.244.0.0/16'

/**
 * A whole control plane in this process: API server, controllers, scheduler and simulated nodes, on memory. It opens no
 * port, writes no file and needs no root, so that a test can have one to itself:
 *
 *     await using cluster = await Cluster.start({ nodes: 3 })
 *     await cluster.apply(yaml)
 *     const { items } = await cluster.client.list(Pod)
 */
export class Cluster implements AsyncDisposable {
  /** Acts as the cluster's admin. */
  readonly client: Client
  readonly #stack: AsyncDisposableStack
  readonly #clientFor: (user: UserInfo) => Client

  private constructor(clientFor: (user: UserInfo) => Client, stack: AsyncDisposableStack) {
    this.client = clientFor(ADMIN)
    this.#clientFor = clientFor
    this.#stack = stack
  }

  /** Starts a cluster. Many can run side by side without touching each other. */
  static async start({ nodes = 1, logger = silentLogger }: ClusterOptions = {}): Promise<Cluster> {
    await using stack = new AsyncDisposableStack()
    const [clock, random, crypto] = [systemClock, systemRandom, nodeCrypto()]
    const store = stack.use(new MemoryStore({ clock }))
    const tokens = serviceAccountTokens({
      crypto,
      clock,
      signingKey: crypto.generateKeyPair('ES256').privateKey,
    })
    const api = stack.use(createSecureApiServer({ store, clock, random, crypto, logger, tokens }))
    await api.start()
    stack.use(
      await startComponents({
        api,
        clock,
        random,
        logger,
        rootCA: '',
        tokens,
        clusterCIDR: CLUSTER_CIDR,
        serviceRange: SERVICE_RANGE,
        node: 'simulated',
        nodes,
      }),
    )
    return new Cluster((user) => createClient(api.transportFor(user)), stack.move())
  }

  /** A client that acts as somebody else, with no more rights than they have. */
  clientFor(user: UserInfo): Client {
    return this.#clientFor(user)
  }

  /** Applies all objects of a YAML text, as `kubectl apply --server-side` does. Answers with them as they are stored. */
  async apply(yaml: string): Promise<readonly unknown[]> {
    const applied: unknown[] = []
    for (const { value: document } of parseYamlDocuments(yaml)) {
      const { apiVersion, kind, metadata } = document as ManifestObject
      const type = typeOf(apiVersion, kind)
      const namespace = type.resource.namespaced
        ? { namespace: metadata.namespace ?? 'default' }
        : {}
      const key = { name: metadata.name, ...namespace }
      applied.push(
        await this.client.patch(type, key, 'apply', document, {
          fieldManager: 'trierarch',
          force: true,
        }),
      )
    }
    return applied
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

interface ManifestObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

function typeOf(apiVersion: string, kind: string): ResourceClass {
  const type = SERVED_RESOURCES.find(
    ({ resource }) => resource.kind === kind && apiVersionOf(resource) === apiVersion,
  )
  if (!type)
    throw new Error(
      `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
    )
  return type
}
