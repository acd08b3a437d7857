import { flushCompileCache } from 'node:module'
import { hostAndPort } from '../base/host-and-port.ts'
import { startControlPlane } from '../cluster/control-plane.node.ts'
import { podRange } from '../cluster/pod-ranges.ts'
import { ListenError } from '../serving/listen.node.ts'
import { StoreOpenError } from '../storage/store.ts'
import { runChild, stepReporter, tell } from './child-process.node.ts'
import { dataDirectory } from './data-directory.node.ts'
import { isShared } from './settings/datastore.node.ts'
import { schedulerChoice } from './settings/scheduler-config.node.ts'
import { servingOptions } from './settings/serving.node.ts'
import { stagesOf } from './settings/stages.node.ts'
import { UserError } from './user-error.ts'

/** The process that serves the API and runs the controllers and the scheduler. */
export function main(): Promise<void> {
  return runChild(async ({ dataDir, flags, node }) => {
    const directory = dataDirectory(dataDir)
    const onStep = stepReporter()
    await using stack = new AsyncDisposableStack()
    const owner = successor()
    const setup = { directory, stack, ...(owner && { owner }), onStore: () => onStep('store') }
    const controlPlane = stack.use(
      await explain(async () =>
        startControlPlane({
          ...(await servingOptions(flags, setup)),
          ...schedulerChoice('--scheduler-config', flags.schedulerConfig),
          clusterCIDR: podRange(flags.clusterCidr, node),
          node,
          nodes: flags.nodes,
          stages: stagesOf(flags),
          controllers: flags.controllers.split(','),
          isShared: isShared(flags),
          onStep,
        }),
      ),
    )
    dropPrivileges()
    const { host, port, server, renewAtMs } = controlPlane
    tell({ type: 'ready', server, listen: hostAndPort(host, port), renewAtMs })
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
async function explain<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (cause) {
    if (cause instanceof ListenError || cause instanceof StoreOpenError)
      throw new UserError(cause.message, { cause })
    throw cause
  }
}
