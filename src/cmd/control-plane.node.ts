import { flushCompileCache } from 'node:module'
import { hostAndPort } from '../base/host-and-port.ts'
import { pinoLogger } from '../base/logger.node.ts'
import { startControlPlane } from '../cluster/control-plane.node.ts'
import { ListenError } from '../serving/listen.node.ts'
import { StoreOpenError } from '../storage/store.ts'
import { accessOf } from './settings/access.node.ts'
import { admissionOf } from './settings/admission.node.ts'
import { apiChoice } from './flags/api-flags.node.ts'
import { auditOf } from './settings/audit.node.ts'
import { runChild, stepReporter, tell } from './child-process.node.ts'
import { dataDirectory } from './data-directory.node.ts'
import { isShared, openDatastore } from './settings/datastore.node.ts'
import { encryptionOf } from './settings/encryption.node.ts'
import { parseListen } from './flags/flags.node.ts'
import { schedulerChoice } from './settings/scheduler-config.node.ts'
import { serverChoice, tracingOf } from './settings/server-choice.node.ts'
import { stagesOf } from './settings/stages.node.ts'
import { snapshotRoutes } from './snapshot-route.node.ts'
import { UserError } from './user-error.ts'

/** The process that serves the API and runs the controllers and the scheduler. */
export function main(): Promise<void> {
  return runChild(async ({ dataDir, flags, node }) => {
    const directory = dataDirectory(dataDir)
    const onStep = stepReporter()
    await using stack = new AsyncDisposableStack()
    const store = stack.use(await explain(openDatastore(flags, directory)))
    onStep('store')
    const audit = stack.adopt(await auditOf(flags, successor()), (each) =>
      each?.[Symbol.asyncDispose](),
    )
    const encryption = stack.adopt(await encryptionOf(flags, directory), (each) =>
      each?.[Symbol.dispose](),
    )
    const { host, port } = parseListen(flags.listen)
    const traced = await tracingOf(flags)
    if (traced) stack.use(traced.exporter)
    const access = stack.use(await accessOf(flags))
    const controlPlane = stack.use(
      await explain(
        startControlPlane({
          ...apiChoice(flags),
          ...(encryption && { encryption }),
          access,
          ...(flags.clientCaFile !== undefined && { clientCaFile: flags.clientCaFile }),
          serving: { ...serverChoice(flags), ...(traced && { tracing: traced.tracing }) },
          ...(audit && { audit }),
          plugins: await admissionOf(flags),
          ...schedulerChoice('--scheduler-config', flags.schedulerConfig),
          store,
          pkiDirectory: directory.pki,
          kubeconfig: directory.kubeconfig,
          host,
          port,
          serviceRange: flags.serviceClusterIpRange,
          clusterCIDR: flags.clusterCidr,
          node,
          nodes: flags.nodes,
          stages: stagesOf(flags),
          controllers: flags.controllers.split(','),
          isShared: isShared(flags),
          logger: pinoLogger(),
          routes: snapshotRoutes(store),
          onStep,
        }),
      ),
    )
    dropPrivileges()
    const listen = hostAndPort(host, controlPlane.port)
    const { server, renewAtMs } = controlPlane
    tell({ type: 'ready', server, listen, renewAtMs })
    const owned = stack.move()
    return {
      setCertificates: (files) => controlPlane.setCertificates(files),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  })
}

const NOBODY = 65_534

/**
 * Root is needed no longer once keys are read, the store is open and the ports are listened on: what reads requests from
 * the network goes on as a user who owns nothing.
 */
function dropPrivileges(): void {
  const next = successor()
  if (!next) return
  flushCompileCache() // Its directory is root's.
  process.setgroups?.([])
  process.setgid?.(next.gid)
  process.setuid?.(next.uid)
}

/** As whom this process will go on, where that is somebody else. */
function successor(): { readonly uid: number; readonly gid: number } | undefined {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined
}

/** Failures that the user can mend are told in their own sentence. */
async function explain<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (cause) {
    if (cause instanceof ListenError || cause instanceof StoreOpenError)
      throw new UserError(cause.message, { cause })
    throw cause
  }
}
