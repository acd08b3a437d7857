import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../base/clock.node.ts'
import type { ClientTls } from '../../grpc/http2-session.node.ts'
import type { HistoryLimits } from '../../storage/memory/history.ts'
import type { Store } from '../../storage/store.ts'
import { type DataDirectory, reason } from '../data-directory.node.ts'
import type { ClusterFlags } from '../flags/flags.node.ts'
import { UserError } from '../user-error.ts'

/** Where the cluster's state is. */
export type Datastore =
  | { readonly type: 'sqlite'; readonly file: string }
  | { readonly type: 'memory' }
  | { readonly type: 'etcd'; readonly endpoints: readonly string[]; readonly tls?: ClientTls }

type DatastoreFlags = Pick<
  ClusterFlags,
  'datastore' | 'etcdServers' | 'etcdCafile' | 'etcdCertfile' | 'etcdKeyfile'
>

/** What the flags name. Throws `UserError`. */
export function datastoreOf(flags: DatastoreFlags, directory: DataDirectory): Datastore {
  const { datastore, etcdServers } = flags
  if (etcdServers !== undefined) return etcd(etcdServers.split(','), flags)
  if (datastore.startsWith('etcd://'))
    return etcd(datastore.slice('etcd://'.length).split(','), flags)
  if (datastore === 'memory:') return { type: 'memory' }
  if (datastore === 'sqlite') return { type: 'sqlite', file: join(directory.store, 'state.db') }
  throw new UserError(
    `Cannot use datastore ${datastore}: give sqlite, memory: or etcd://HOST:PORT[,…].`,
    { exitCode: 2 },
  )
}

/** Whether other control planes may serve the same state. */
export function isShared({ datastore, etcdServers }: DatastoreFlags): boolean {
  return etcdServers !== undefined || datastore.startsWith('etcd://')
}

/** Opens what the flags name; only the store that is used is loaded. Throws `UserError` and `StoreOpenError`. */
export async function openDatastore(flags: ClusterFlags, directory: DataDirectory): Promise<Store> {
  const datastore = datastoreOf(flags, directory)
  const history = parseHistory(flags.history)
  switch (datastore.type) {
    case 'memory': {
      const { MemoryStore } = await import('../../storage/memory/memory-store.ts')
      return new MemoryStore({ clock: systemClock, history })
    }
    case 'sqlite': {
      const { openSqliteStore } = await import('../../storage/sqlite/sqlite-store.node.ts')
      return openSqliteStore({ file: datastore.file, history })
    }
    case 'etcd': {
      const { openEtcdStore } = await import('../../storage/etcd/open-etcd-store.node.ts')
      return openEtcdStore({ ...datastore, ...(history.ms && { historyMs: history.ms }) })
    }
    default:
      throw new Error(`unknown datastore ${JSON.stringify(datastore satisfies never)}`)
  }
}

function etcd(servers: readonly string[], flags: DatastoreFlags): Datastore {
  const { etcdCafile, etcdCertfile, etcdKeyfile } = flags
  if ((etcdCertfile === undefined) !== (etcdKeyfile === undefined)) {
    throw new UserError(
      'Cannot use etcd: give both --etcd-certfile and --etcd-keyfile, or neither.',
      {
        exitCode: 2,
      },
    )
  }
  const tls = {
    ...(etcdCafile !== undefined && { caPem: readPem('etcd-cafile', etcdCafile) }),
    ...(etcdCertfile !== undefined && { certPem: readPem('etcd-certfile', etcdCertfile) }),
    ...(etcdKeyfile !== undefined && { keyPem: readPem('etcd-keyfile', etcdKeyfile) }),
  }
  const isSecure = Object.keys(tls).length > 0
  const endpoints = servers.map((server) => endpointOf(server.trim(), isSecure))
  return { type: 'etcd', endpoints, ...(isSecure && { tls }) }
}

function endpointOf(server: string, isSecure: boolean): string {
  if (/^(?:https?|unix):\/\/./.test(server)) return server
  if (/^[^/]+:\d+$/.test(server)) return `${isSecure ? 'https' : 'http'}://${server}`
  throw new UserError(`Cannot use etcd server ${server}: give http[s]://HOST:PORT.`, {
    exitCode: 2,
  })
}

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UserError(`Cannot read --${flag} ${file}: ${reason(cause)}.`, { cause })
  }
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const UNIT_BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const

/** `1h`, `1GiB` or `1h,1GiB`. Throws `UserError`. */
export function parseHistory(spec: string): Partial<HistoryLimits> {
  const limits: { ms?: number; bytes?: number } = {}
  for (const part of spec.split(',')) {
    const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([a-zA-Z]+)$/.exec(part.trim()) ?? []
    if (Object.hasOwn(UNIT_MS, unit)) limits.ms = Number(number) * UNIT_MS[unit as 'h']
    else if (Object.hasOwn(UNIT_BYTES, unit))
      limits.bytes = Number(number) * UNIT_BYTES[unit as 'MiB']
    else {
      throw new UserError(`--history ${spec} is no time and size: give for example 1h,1GiB.`, {
        exitCode: 2,
      })
    }
  }
  return limits
}
