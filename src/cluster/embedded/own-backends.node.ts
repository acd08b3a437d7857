import { systemClock } from '../../base/clock.node.ts'
import { nodeCrypto } from '../../base/crypto.node.ts'
import type { Backends } from '../../apiserver/connect/backends.ts'
import { nodeBackends, type NodeBackends } from '../../apiserver/connect/backends.node.ts'
import { renewPki } from '../../pki/cluster-pki.ts'
import type { PkiFiles } from '../../pki/pki-files.ts'

/**
 * How an embedded cluster speaks to other API servers. Most clusters never do, so certificates are made when one does.
 * Disposing it closes its connections.
 */
export function ownBackends(keys: PkiFiles): Backends & Disposable {
  let made: NodeBackends | undefined
  const backends = (): NodeBackends => (made ??= make(keys))
  return {
    request: (...request) => backends().request(...request),
    upgrade: (...request) => backends().upgrade(...request),
    logSocket: (...request) => backends().logSocket(...request),
    [Symbol.dispose]: () => made?.[Symbol.dispose](),
  }
}

function make(keys: PkiFiles): NodeBackends {
  const { pki } = renewPki(keys, { crypto: nodeCrypto(), clock: systemClock })
  return nodeBackends({
    kubeletClient: pki.apiServerKubeletClient,
    kubeletCaPem: pki.ca.certPem,
    frontProxyClient: pki.frontProxyClient,
  })
}
