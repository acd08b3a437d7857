import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.node.ts'
import {
  checkKubeconfig,
  mergeKubeconfig as mergeKubeconfigFile,
} from '../pki/kubeconfig-file.node.ts'
import { checkFlags, checkSimulated } from './flags/check-flags.node.ts'
import { dataDirectory, type DataDirectory, prepareDataDirectory } from './data-directory.node.ts'
import { changedFlags, type ClusterFlags, resolveFlags } from './flags/flags.node.ts'
import { kubectlOnPath } from './kubectl.node.ts'
import type { ProgressMessage, StartMessage } from './messages.ts'
import { decideNodeMode } from './node-mode.node.ts'
import { isRunning, readRunState } from './run-state.node.ts'
import { cleanUpNode, stopCluster } from './stop.node.ts'
import { UserError } from './user-error.ts'

export interface UpOptions {
  readonly dataDir: string
  readonly detach?: boolean
  readonly yes?: boolean
  /** Merge the cluster's context into this file too. */
  readonly kubeconfig?: string
  /** The remembered flags, as far as they were given. */
  readonly [flag: string]: string | boolean | undefined
}

/** `trierarch up`: starts the cluster of a data directory, or says that it runs. */
export async function up(options: UpOptions): Promise<void> {
  const directory = dataDirectory(options.dataDir)
  // Before anything starts: a cluster that runs is no answer to a file that cannot be written.
  if (options.kubeconfig !== undefined) await explain(checkKubeconfig(options.kubeconfig))
  prepareDataDirectory(directory)
  const flags = resolveFlags(options as Record<string, string | undefined>, directory)
  await checkFlags(flags, directory)
  const state = readRunState(directory)
  if (isRunning(state?.supervisor) && state?.server !== undefined) {
    await mergeKubeconfig(options, directory)
    return say(`The cluster runs already at ${state.server}.${unused(flags, directory)}`)
  }

  const startedMs = systemClock.monotonic()
  const mode = await decideNodeMode({ flags, yes: options.yes === true, notice: say })
  if (mode === 'simulated') checkSimulated(flags)
  // What a killed supervisor left behind stops before it is started anew.
  if (state) await stopCluster(directory, { keepContainers: true })
  const start: StartMessage = { dataDir: directory.path, flags, node: mode }

  if (options.detach === true) await startDetached(start, directory)
  else await startHere(start, directory, () => finish(options, directory, startedMs))
  if (options.detach === true) await finish(options, directory, startedMs)
}

/** What to say of flags that a cluster which runs was not started with. */
function unused(flags: ClusterFlags, directory: DataDirectory): string {
  const changed = changedFlags(flags, directory).map((name) => `--${name}`)
  if (changed.length === 0) return ''
  return ` It does not run with the ${changed.join(', ')} given now: stop it with \`trierarch down\` first.`
}

async function finish(
  options: UpOptions,
  directory: DataDirectory,
  startedMs: number,
): Promise<void> {
  await mergeKubeconfig(options, directory)
  const kubectl = kubectlOnPath() ? 'kubectl' : 'bin/trierarch kubectl'
  say(`Ready in ${Math.round(systemClock.monotonic() - startedMs)} ms. Try:`)
  say(`  export KUBECONFIG=${directory.kubeconfig}`)
  say(`  ${kubectl} get nodes`)
  say(`  ${kubectl} create deployment hello --image=nginx`)
  say(`  ${kubectl} get pods --watch`)
}

async function mergeKubeconfig({ kubeconfig }: UpOptions, directory: DataDirectory): Promise<void> {
  if (kubeconfig === undefined) return
  const { ADMIN_NAMES, adminCertificates } = await import('./cluster-access.node.ts')
  const access = await adminCertificates(directory)
  await explain(mergeKubeconfigFile(kubeconfig, { ...access, ...ADMIN_NAMES }))
  const { rememberKubeconfig } = await import('./certs/certs-kubeconfigs.node.ts')
  await rememberKubeconfig(directory, kubeconfig)
}

async function explain<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (cause) {
    throw new UserError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** Runs the supervisor in this process until it is told to stop; then the whole cluster goes down. */
async function startHere(
  start: StartMessage,
  directory: DataDirectory,
  onReady: () => Promise<void>,
): Promise<void> {
  const { supervise } = await import('./supervisor.node.ts')
  const stop = Promise.race([
    new Promise<void>((resolve) => process.once('SIGTERM', () => resolve())),
    new Promise<void>((resolve) => process.once('SIGINT', () => resolve())),
  ])
  {
    await using supervision = supervise(start, print)
    await supervision.ready
    await onReady()
    say('Press Ctrl-C to stop the cluster.')
    await stop
  }
  await cleanUpNode(directory, start.node)
}

/** Starts a supervisor that outlives this process and waits until the cluster is ready. */
async function startDetached(start: StartMessage, directory: DataDirectory): Promise<void> {
  const log = openSync(join(directory.logs, 'supervisor.log'), 'a', 0o600)
  const main = join(
    import.meta.dirname,
    `main.node${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`,
  )
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--max-semi-space-size=1', main, 'supervise'],
    {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      cwd: '/',
    },
  )
  closeSync(log)
  child.send(start)
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: ProgressMessage) => {
      if (message.type === 'ready') resolve()
      else if (message.type === 'failed') reject(new UserError(message.sentence))
      else print(message)
    })
    child.once('exit', () =>
      reject(new UserError(`The supervisor ended at its start; see ${directory.logs}.`)),
    )
  })
  child.disconnect()
  child.unref()
}

function print(message: ProgressMessage): void {
  if (message.type === 'step') {
    const { name, ms, atMs } = message
    say(`${name.padEnd(32)} ${String(ms).padStart(6)} ms   (${atMs} ms after its process started)`)
  } else if (message.type === 'notice') say(message.text)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
