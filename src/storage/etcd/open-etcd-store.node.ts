import { systemClock } from '../../base/clock.node.ts'
import type { Clock } from '../../base/clock.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import type { ClientTls } from '../../grpc/http2-session.node.ts'
import { StoreOpenError } from '../store.ts'
import { EtcdStore } from './etcd-store.ts'
import { STATUS } from './methods.ts'

const OPEN_TIMEOUT_MS = 10_000
const KEEP_ALIVE_MS = 10_000
const MESSAGE_BYTES_MAX = 2 ** 31 - 1 // As upstream: a page of objects, or an event, is as long as it is.
/** Before these, a watch's progress could overtake its events (https://github.com/etcd-io/etcd/issues/15220). */
const TRUSTED = { '3.4': 31, '3.5': 13 }

export interface OpenEtcdOptions {
  /** `http://HOST:PORT` or `https://HOST:PORT`, of one cluster. */
  readonly endpoints: readonly string[]
  readonly tls?: ClientTls
  readonly prefix?: string
  readonly clock?: Clock
  /** How long the past stays readable; etcd's own settings decide when absent. */
  readonly historyMs?: number
  /** How long to wait for an answer; 10 s when absent. */
  readonly timeoutMs?: number
}

/** Connects to etcd. Throws `StoreOpenError` where there is none, or one that cannot be relied on. */
export async function openEtcdStore(options: OpenEtcdOptions): Promise<EtcdStore> {
  const {
    endpoints,
    tls,
    clock = systemClock,
    timeoutMs = OPEN_TIMEOUT_MS,
    historyMs,
    ...rest
  } = options
  const connection = grpcConnection(endpoints, {
    ...(tls && { tls }),
    keepAliveMs: KEEP_ALIVE_MS,
    messageBytesMax: MESSAGE_BYTES_MAX,
  })
  try {
    const status = { timeoutMs, waitForReady: true }
    const { version } = await connection.unary(STATUS, {}, status)
    if (!isTrusted(version)) {
      const why = `etcd ${version} may lose changes that are watched; use 3.5.13, 3.4.31 or later ones`
      throw new StoreOpenError('unsuitable', why)
    }
    const store = new EtcdStore({ connection, clock, ...rest })
    if (historyMs !== undefined) store.keepHistory(historyMs)
    return store
  } catch (cause) {
    connection[Symbol.dispose]()
    if (cause instanceof StoreOpenError) throw cause
    const why = `no etcd answers at ${endpoints.join(', ')}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new StoreOpenError('inaccessible', why, { cause })
  }
}

function isTrusted(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part))
  const least = (TRUSTED as Record<string, number>)[`${major}.${minor}`]
  return least === undefined ? major > 3 || (major === 3 && minor > 5) : patch >= least
}
