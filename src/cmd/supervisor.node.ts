import { type ChildProcess, fork } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.node.ts'
import { type DataDirectory, dataDirectory } from './data-directory.node.ts'
import { type ClusterFlags, rememberFlags } from './flags/flags.node.ts'
import { machinePki, startCertificateRenewal } from './certs/certs-renewal.node.ts'
import type { CertificatesMessage, ProgressMessage, StartMessage } from './messages.ts'
import { identityOf, removeRunState, type RunState, writeRunState } from './run-state.node.ts'
import { UserError } from './user-error.ts'

const BACKOFF_MS_MIN = 250
const BACKOFF_MS_MAX = 10_000
const STABLE_MS = 60_000 // A process that ran this long starts again without delay.
const STOP_MS_MAX = 20_000

type Role = 'control-plane' | 'node-agent'

/** The processes of a cluster. */
export interface Supervision extends AsyncDisposable {
  /** Resolves when every process does its work; rejects with what made the first start fail. */
  readonly ready: Promise<void>
}

/** Starts the processes of a cluster and starts each again when it ends, with back-off. Disposing stops them. */
export function supervise(
  start: StartMessage,
  report: (message: ProgressMessage) => void,
): Supervision {
  const directory = dataDirectory(start.dataDir)
  let state: RunState = { supervisor: identityOf(process.pid), node: start.node }
  const remember = (more: Partial<RunState>): Promise<void> => {
    state = { ...state, ...more }
    return writeRunState(directory, state)
  }

  let renewal: AsyncDisposable | undefined
  const controlPlane = supervised('control-plane', start, directory, report, async (pid, ready) => {
    // Before anybody can know whom to signal: unheard, the signal would end the process.
    renewal ??= renewCertificates(ready)
    await remember({
      controlPlane: identityOf(pid),
      ...(ready.server !== undefined && { server: ready.server }),
    })
    // Port 0 was picked once and is kept.
    const flags: ClusterFlags =
      ready.listen === undefined ? start.flags : { ...start.flags, listen: ready.listen }
    await rememberFlags(flags, directory)
    start = { ...start, flags }
  })
  const nodeAgent = controlPlane.ready.then(() =>
    start.node === 'containerd'
      ? supervised('node-agent', start, directory, report, (pid) =>
          remember({ nodeAgent: identityOf(pid) }),
        )
      : undefined,
  )

  // The control plane gave up root when it had read its keys, so that the supervisor writes the new ones.
  function renewCertificates({ server, renewAtMs }: Ready): AsyncDisposable | undefined {
    if (server === undefined || renewAtMs === undefined) return undefined
    return startCertificateRenewal({
      directory,
      pki: machinePki(directory, start.flags, start.node),
      server,
      renewAtMs,
      async use({ files }) {
        const message: CertificatesMessage = { type: 'certificates', files: [...files] }
        controlPlane.send(message)
        const agent = await nodeAgent
        agent?.send(message)
      },
    })
  }

  return {
    ready: nodeAgent.then((agent) => agent?.ready),
    async [Symbol.asyncDispose]() {
      await renewal?.[Symbol.asyncDispose]()
      const agent = await nodeAgent.catch(() => undefined)
      // The node agent first: it still has something to tell the API server.
      await agent?.stop()
      await controlPlane.stop()
      removeRunState(directory)
    },
  }
}

interface Supervised {
  readonly ready: Promise<void>
  /** Tells the process something; one that is starting reads it from files anyway. */
  send(message: CertificatesMessage): void
  stop(): Promise<void>
}

type Ready = Extract<ProgressMessage, { type: 'ready' }>

function supervised(
  role: Role,
  start: StartMessage,
  directory: DataDirectory,
  report: (message: ProgressMessage) => void,
  onReady: (pid: number, ready: Ready) => Promise<void>,
): Supervised {
  const first = Promise.withResolvers<void>()
  let [child, stopping, backoffMs] = [undefined as ChildProcess | undefined, false, BACKOFF_MS_MIN]
  let restart: Disposable | undefined

  const launch = (): void => {
    const startedMs = systemClock.monotonic()
    const running = forkRole(role, start, directory)
    child = running
    running.on('message', (message: ProgressMessage) => {
      if (message.type === 'failed') first.reject(new UserError(message.sentence))
      else if (message.type === 'ready')
        onReady(running.pid!, message).then(first.resolve, first.reject)
      else report(message)
    })
    running.once('exit', (code, signal) => {
      first.reject(
        new UserError(
          `The ${role} process ended at its start (${signal ?? `exit code ${code}`}); see ${logFile(role, directory)}.`,
        ),
      )
      if (stopping) return
      if (systemClock.monotonic() - startedMs > STABLE_MS) backoffMs = BACKOFF_MS_MIN
      restart = systemClock.after(backoffMs, launch)
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS_MAX)
    })
    running.send(start)
  }
  launch()

  return {
    ready: first.promise,
    send(message) {
      if (child?.connected === true) child.send(message)
    },
    async stop() {
      stopping = true
      restart?.[Symbol.dispose]()
      if (child) await stopProcess(child)
    },
  }
}

function forkRole(role: Role, start: StartMessage, directory: DataDirectory): ChildProcess {
  const log = openSync(logFile(role, directory), 'a', 0o600)
  try {
    return fork(
      join(import.meta.dirname, `main.node${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`),
      [role],
      {
        stdio: ['ignore', log, log, 'ipc'],
        execArgv: [
          ...process.execArgv.filter((each) => !each.startsWith('--max-')),
          ...heapFlags(role, start),
          '--expose-gc',
        ],
      },
    )
  } finally {
    closeSync(log)
  }
}

const CROWD = 1000

// A larger young generation collects less, most of all where many nodes are simulated; an idle control plane gives it
// back. The old one may grow with the cluster.
function heapFlags(role: Role, { node, flags }: StartMessage): readonly string[] {
  if (role === 'node-agent') return ['--max-semi-space-size=2', '--max-old-space-size=1024']
  const youngMiB = node === 'simulated' && flags.nodes > CROWD ? 64 : 16
  return [`--max-semi-space-size=${youngMiB}`, '--max-old-space-size=4096']
}

function logFile(role: Role, directory: DataDirectory): string {
  return join(directory.logs, `${role}.log`)
}

function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const kill = systemClock.after(STOP_MS_MAX, () => child.kill('SIGKILL'))
    child.once('exit', () => {
      kill[Symbol.dispose]()
      resolve()
    })
    child.kill('SIGTERM')
  })
}
