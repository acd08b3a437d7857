import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import type { Backends } from '../../apiserver/connect/backends.ts'
import type { NodeBackends } from '../../apiserver/connect/backends.node.ts'
import type { WebhookCaller } from '../../apiserver/webhook-client/webhook-caller.ts'
import { renewPki } from '../../pki/cluster-pki.ts'
import type { PkiFiles } from '../../pki/pki-files.ts'
import { backendIdentities } from '../backend-identities.ts'

/** How an embedded cluster calls other servers. Disposing it closes the connections. */
export interface Outgoing extends Disposable {
  readonly webhooks: WebhookCaller
  readonly backends: Backends
}

/** Most clusters never call anybody, so what it takes is loaded, and certificates are made, when one does. */
export function outgoing(keys: PkiFiles): Outgoing {
  const backends = lazy(() => makeBackends(keys))
  const webhooks = lazy(async () => {
    const { httpsWebhooks } = await import('../../apiserver/webhook-client/webhook-caller.node.ts')
    return httpsWebhooks()
  })
  return {
    webhooks: { post: async (...call) => (await webhooks.get()).post(...call) },
    backends: {
      request: async (...request) => (await backends.get()).request(...request),
      upgrade: async (...request) => (await backends.get()).upgrade(...request),
      // Only who comes by an HTTPS port may ask for one, and the port has backends of its own.
      logSocket: () => undefined,
    },
    [Symbol.dispose]() {
      webhooks[Symbol.dispose]()
      backends[Symbol.dispose]()
    },
  }
}

async function makeBackends(keys: PkiFiles): Promise<NodeBackends> {
  const { nodeBackends } = await import('../../apiserver/connect/backends.node.ts')
  const { pki } = renewPki(keys, { crypto: nodeCrypto(), clock: systemClock })
  return nodeBackends(backendIdentities(pki))
}

interface Lazy<T> extends Disposable {
  get(): Promise<T>
}

function lazy<T extends Disposable>(make: () => Promise<T>): Lazy<T> {
  let made: Promise<T> | undefined
  return {
    get: () => (made ??= make()),
    [Symbol.dispose]() {
      made?.then(
        (each) => each[Symbol.dispose](),
        () => undefined,
      )
    },
  }
}
