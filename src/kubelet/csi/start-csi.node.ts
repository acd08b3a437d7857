import { mkdir } from 'node:fs/promises'
import type { Node } from '../../api/core/v1/node.ts'
import { abortable } from '../../base/async.ts'
import { backoffMs } from '../../base/backoff.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Crypto } from '../../base/crypto.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { watchPlugins, type PluginHandler } from '../plugins/plugin-registry.node.ts'
import type { PodTokens } from '../volumes/service-account-token.ts'
import { makeShared } from '../volumes/mounts.node.ts'
import { Attachments } from './attachments.ts'
import { CsiDrivers } from './csi-drivers.ts'
import { CsiNodeWriter } from './csi-node.ts'
import { csiPaths } from './csi-paths.node.ts'
import { CsiVolumes } from './csi-volumes.node.ts'

const RETRY = { baseMs: 500, maxMs: 30_000 }

interface CsiOptions {
  readonly client: Client
  /** Of this node's own Node alone. */
  readonly nodes: Informer<Node>
  readonly nodeName: string
  readonly tokens: PodTokens
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'hashHex'>
  readonly logger: Logger
  readonly recorder: EventRecorder
  readonly dataDir: string
  /** What is to become of plugins that are no CSI drivers, by type. */
  readonly pluginHandlers?: Readonly<Record<string, PluginHandler>>
}

interface Csi extends AsyncDisposable {
  readonly volumes: CsiVolumes
  /** Resolves once directories are shared, or cannot be: what is mounted there sooner would be hidden. */
  readonly shared: Promise<void>
}

/** Begins to look for CSI drivers once the Node is there, until disposed. What they have mounted stays. */
export function startCsi(options: CsiOptions): Csi {
  const { client, nodeName, clock, logger } = options
  const abort = new AbortController()
  const { signal } = abort
  const paths = csiPaths(options.dataDir, options.crypto)
  const writer = new CsiNodeWriter(client, nodeName)
  const drivers = new CsiDrivers({ connect: grpcConnection, writer })
  const attachments = new Attachments(options)
  const volumes = new CsiVolumes({ ...options, drivers, attachments, paths })

  const share = async (): Promise<void> => {
    for (const directory of paths.shared) await makeShared(directory)
  }
  const sharing = share()
  const shared = sharing.catch(() => undefined) // It is tried again below.
  const begin = async (): Promise<AsyncDisposable> => {
    await mkdir(paths.registry, { recursive: true, mode: 0o750 })
    await sharing.catch(share)
    await registered(options, signal)
    await writer.ensure()
    await volumes.restore()
    return watchPlugins({
      directory: paths.registry,
      handlers: { CSIPlugin: drivers, ...options.pluginHandlers },
      clock,
      logger,
    })
  }
  const beginSurely = async (): Promise<AsyncDisposable | undefined> => {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        return await begin()
      } catch (error) {
        if (signal.aborted) return undefined
        logger.warn('Cannot look for CSI drivers', { error: String(error) })
        await sleep(clock, backoffMs(RETRY, failures), { signal }).catch(() => undefined)
      }
    }
    return undefined
  }
  const registry = beginSurely()
  return {
    volumes,
    shared,
    async [Symbol.asyncDispose]() {
      abort.abort(new Error('The node agent stops'))
      await (await registry)?.[Symbol.asyncDispose]()
      drivers[Symbol.dispose]()
    },
  }
}

async function registered({ nodes, nodeName }: CsiOptions, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  using _seen = nodes.whenObject({ name: nodeName }, (node) => node !== undefined, resolve)
  await abortable(promise, signal)
}
