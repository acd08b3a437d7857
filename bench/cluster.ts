import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import type { Target } from './http-client.ts'

const COMMAND = join(import.meta.dirname, '..', 'bin', 'trierarch')
const execute = promisify(execFile)

/** A cluster of our own, started for a measurement and gone after it. */
export interface BenchCluster extends AsyncDisposable {
  readonly target: Target
  readonly dataDir: string
  /** The output of `up`: a line a step. */
  readonly steps: string
  /** From the start of the command to its end. */
  readonly startMs: number
  status(): Promise<{ readonly pid: number; readonly nodeAgentPid?: number }>
  kubectl(...args: readonly string[]): Promise<string>
  /** Runs another command on the cluster's data directory. */
  trierarch(command: string, ...args: readonly string[]): Promise<string>
}

export async function startCluster(...flags: readonly string[]): Promise<BenchCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-bench-'))
  const start = performance.now()
  const { stdout } = await execute(COMMAND, [
    'up',
    '--data-dir',
    dataDir,
    '--listen',
    '127.0.0.1:0',
    '--detach',
    ...flags,
  ])
  const startMs = performance.now() - start
  return {
    target: await targetOf(join(dataDir, 'kubeconfig')),
    dataDir,
    steps: stdout,
    startMs,
    async status() {
      const { stdout: json } = await execute(COMMAND, [
        'status',
        '--data-dir',
        dataDir,
        '-o',
        'json',
      ])
      return JSON.parse(json) as { pid: number }
    },
    async kubectl(...args) {
      return (await execute(COMMAND, ['kubectl', '--data-dir', dataDir, ...args])).stdout
    },
    async trierarch(command, ...args) {
      // `image` has commands of its own, and takes the flag after them.
      return (await execute(COMMAND, [command, ...args, '--data-dir', dataDir])).stdout
    },
    async [Symbol.asyncDispose]() {
      await execute(COMMAND, ['down', '--data-dir', dataDir])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

interface Kubeconfig {
  readonly clusters: readonly [
    {
      readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string }
    },
  ]
  readonly users: readonly [
    {
      readonly user: {
        readonly 'client-certificate-data': string
        readonly 'client-key-data': string
      }
    },
  ]
}

async function targetOf(path: string): Promise<Target> {
  const { clusters, users } = parse(await readFile(path, 'utf8')) as Kubeconfig
  const { hostname, port } = new URL(clusters[0].cluster.server)
  const decode = (base64: string): string => Buffer.from(base64, 'base64').toString()
  return {
    host: hostname,
    port: Number(port),
    ca: decode(clusters[0].cluster['certificate-authority-data']),
    cert: decode(users[0].user['client-certificate-data']),
    key: decode(users[0].user['client-key-data']),
  }
}

/** Resident memory in MiB and processor time in seconds of a process, as the kernel tells. */
export async function usageOf(
  pid: number,
): Promise<{ readonly residentMiB: number; readonly cpuSeconds: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return { residentMiB: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024, cpuSeconds: ticks / 100 }
}

/** Waits; a measurement over time is the one place where waiting is the point. */
export function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000))
}
