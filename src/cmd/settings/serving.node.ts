import { pinoLogger } from '../../base/logger.node.ts'
import type { ControlPlaneOptions } from '../../cluster/control-plane.node.ts'
import type { DataDirectory } from '../data-directory.node.ts'
import { apiChoice } from '../flags/api-flags.node.ts'
import { type ClusterFlags, parseListen } from '../flags/flags.node.ts'
import { snapshotRoutes } from '../snapshot-route.node.ts'
import { accessOf } from './access.node.ts'
import { admissionOf } from './admission.node.ts'
import { auditOf } from './audit.node.ts'
import { openDatastore } from './datastore.node.ts'
import { encryptionOf } from './encryption.node.ts'
import { serverChoice, tracingOf } from './server-choice.node.ts'

/** What the parts that are opened for an API server belong to, and whom they tell. */
export interface ServingSetup {
  readonly directory: DataDirectory
  /** Takes over what wants to be closed, in the right order. */
  readonly stack: AsyncDisposableStack
  /** As whom this process will go on, where that is somebody else. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Called when the store is open. */
  readonly onStore?: () => void
}

type Serving = Omit<ControlPlaneOptions, 'node' | 'nodes' | 'onStep'>

/** Opens what the flags name for an API server. Throws `UserError` and `StoreOpenError`. */
export async function servingOptions(
  flags: ClusterFlags,
  { directory, stack, owner, onStore }: ServingSetup,
): Promise<Serving> {
  const store = stack.use(await openDatastore(flags, directory))
  onStore?.()
  const audit = stack.adopt(await auditOf(flags, owner), (each) => each?.[Symbol.asyncDispose]())
  const encryption = stack.adopt(await encryptionOf(flags, directory), (each) =>
    each?.[Symbol.dispose](),
  )
  const traced = await tracingOf(flags)
  if (traced) stack.use(traced.exporter)
  return {
    ...apiChoice(flags),
    ...parseListen(flags.listen),
    ...(encryption && { encryption }),
    access: stack.use(await accessOf(flags)),
    ...(flags.clientCaFile !== undefined && { clientCaFile: flags.clientCaFile }),
    serving: { ...serverChoice(flags), ...(traced && { tracing: traced.tracing }) },
    ...(audit && { audit }),
    plugins: await admissionOf(flags),
    store,
    pkiDirectory: directory.pki,
    kubeconfig: directory.kubeconfig,
    serviceRange: flags.serviceClusterIpRange,
    clusterCIDR: flags.clusterCidr,
    logger: pinoLogger(),
    routes: snapshotRoutes(store),
  }
}
