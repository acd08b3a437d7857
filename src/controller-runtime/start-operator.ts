import type { Logger } from '../base/logger.ts'
import type { Controller } from './controller.ts'
import type { Manager } from './manager.ts'

export interface OperatorOptions {
  readonly controllers: readonly Controller[]
  /** The file that says where the cluster is. Default: `$KUBECONFIG`, and in a Pod its own cluster. */
  readonly kubeconfig?: string
  /** JSON lines on standard error where absent. */
  readonly logger?: Logger
  /** How the program names itself to the server: its first word is the field manager of what it writes. */
  readonly userAgent?: string
  /** Gives up waiting for a cluster that does not answer. */
  readonly signal?: AbortSignal
}

/**
 * Runs controllers as a program of their own, against a cluster over HTTPS. Resolves when they know all that they watch;
 * disposing what comes back stops them and closes their connections.
 */
export async function startOperator(options: OperatorOptions): Promise<Manager> {
  // Controllers within a control plane need nothing of what it takes to reach one.
  const { connectAndStart } = await import('./operator.node.ts')
  return connectAndStart(options)
}
