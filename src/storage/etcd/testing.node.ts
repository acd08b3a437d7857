import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why tests with a real etcd are skipped here; undefined where there is one. */
export const NO_ETCD = noEtcd()

function noEtcd(): string | undefined {
  try {
    const version = /Version: (\d+)\.(\d+)\.(\d+)/.exec(String(execFileSync('etcd', ['--version'])))
    const [major, minor, patch] = version!.slice(1).map(Number) as [number, number, number]
    const isNew = major > 3 || minor > 5 || (minor === 5 && patch >= 13)
    return isNew ? undefined : 'etcd is older than 3.5.13 here'
  } catch {
    return 'there is no etcd on the PATH'
  }
}

export interface EtcdOptions {
  /** Serve with these files, and ask clients for a certificate of the authority. */
  readonly tls?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string }
  /** Sync what is written to the disk, as etcd does but for tests. */
  readonly sync?: boolean
  /** Further arguments. */
  readonly args?: readonly string[]
}

export interface TestEtcd extends AsyncDisposable {
  /** As clients are told. It stays the same over restarts. */
  readonly endpoint: string
  /** Where it keeps its data. */
  readonly folder: string
  start(): void
  /** Ends it, at once unless another signal is named. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Sends a signal that does not end it, such as SIGSTOP. */
  signal(signal: NodeJS.Signals): void
}

/** Starts an etcd of one member, or describes how: `start()` must have been called before anybody connects. */
export async function testEtcd({
  tls,
  sync = false,
  args = [],
}: EtcdOptions = {}): Promise<TestEtcd> {
  const folder = await mkdtemp(join(tmpdir(), 'trierarch-etcd-'))
  const endpoint = tls
    ? `https://127.0.0.1:${await freePort()}`
    : `unix://${join(folder, 'socket')}`
  const advertised = tls ? endpoint : 'http://127.0.0.1:2379'
  const flags = {
    'data-dir': join(folder, 'data'),
    'listen-client-urls': endpoint,
    'advertise-client-urls': advertised,
    'listen-peer-urls': 'http://127.0.0.1:0',
    'log-level': 'error',
    ...(tls && {
      'cert-file': tls.certFile,
      'key-file': tls.keyFile,
      'trusted-ca-file': tls.caFile,
    }),
  }
  const all = [
    ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ...(sync ? [] : ['--unsafe-no-fsync']),
    ...(tls ? ['--client-cert-auth'] : []),
    ...args,
  ]
  const member = etcdProcess(all)
  member.start()
  return {
    ...member,
    endpoint,
    folder,
    async [Symbol.asyncDispose]() {
      await member.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An etcd with these arguments, not yet started. */
export function etcdProcess(args: readonly string[]): Pick<TestEtcd, 'start' | 'stop' | 'signal'> {
  let child: ChildProcess | undefined
  return {
    start() {
      child = spawn('etcd', args, { stdio: 'ignore' })
    },
    async stop(signal = 'SIGKILL') {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    },
    signal: (signal) => void child?.kill(signal),
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
