import { createConnections } from '../../client/connections.node.ts'
import { followKubeconfig } from '../../client/kubeconfig.node.ts'
import type { AuditBackend, AuditEvent } from './audit-event.ts'
import { batchingBackend, type BatchingOptions } from './batches.ts'

const TIMEOUT_MS = 30_000

/** Sends events to the server that a kubeconfig names, as lists. Throws `KubeconfigError`. */
export async function webhookBackend(
  kubeconfig: string,
  options: Omit<BatchingOptions, 'post'>,
): Promise<AuditBackend> {
  const connections = createConnections(await followKubeconfig(kubeconfig))
  const post = async (items: readonly AuditEvent[]): Promise<void> => {
    const body = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await connections.send({ method: 'POST', path: '', body }, { signal })
    response.resume()
    const { statusCode = 0 } = response
    if (statusCode < 200 || statusCode > 299)
      throw new Error(`the webhook answered with ${statusCode}`)
  }
  const backend = batchingBackend({ ...options, post })
  return {
    send: (event) => backend.send(event),
    lost: () => backend.lost?.() ?? {},
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]()
      connections[Symbol.dispose]()
    },
  }
}
