import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Crypto } from '../../base/crypto.ts'
import type { Connection } from '../cri/connection.ts'
import { RuntimeError } from '../cri/errors.ts'
import { grpcConnection } from '../cri/grpc-connection.node.ts'
import { imageService } from '../cri/image-service.ts'
import { RUNTIME } from '../cri/methods.ts'
import type { VersionResponse } from '../cri/types.ts'
import { findContainerd } from './binaries.node.ts'
import { containerdConfig } from './config.ts'
import { importArchive, type ImageStore } from './ctr.node.ts'
import { findDaemons, lastError, spawnDaemon, stopDaemons, type Daemon } from './daemon.node.ts'
import { ContainerdError } from './errors.ts'
import { hostAbilities } from './host.node.ts'
import { containerdLayout, type ContainerdLayout } from './layout.ts'
import { PAUSE_IMAGE, pauseImageArchive } from './pause-image.ts'
import type { Architecture } from './elf.ts'

const START_TIMEOUT_MS = 30_000
const RETRY_MS = 10

export interface ContainerdOptions {
  /** Of the cluster. Images and state go to `containerd/` below it; it must exist. */
  readonly dataDir: string
  /** Where the network's configuration lies or will lie. */
  readonly cniConfDir: string
  /** Where the CNI plugins are. */
  readonly cniBinDir: string
  readonly crypto: Pick<Crypto, 'hashHex'>
  /** Where run-time state of every containerd of ours lies; `/run/trierarch` when absent. */
  readonly runRoot?: string
  readonly cgroupDriver?: 'cgroupfs' | 'systemd'
}

/** A containerd of ours that runs. */
export interface ContainerdInstance {
  /** Where CRI is served, as `--container-runtime-endpoint` takes it. */
  readonly endpoint: string
  readonly pid: number
  readonly version: string
  /** It ran before we came, and so do its containers. */
  readonly found: boolean
  readonly images: ImageStore
  readonly layout: ContainerdLayout
}

/**
 * Starts a containerd of our own, or finds the one that runs, and sees to it that sandboxes have an image. It runs
 * on when we end: see `stopContainerd`. Throws a `ContainerdError` where it is missing or does not start.
 */
export async function startContainerd(options: ContainerdOptions): Promise<ContainerdInstance> {
  const binaries = await findContainerd()
  const layout = containerdLayout(await realpath(options.dataDir), options.crypto, options.runRoot)
  const host = await hostAbilities(layout.root)
  await mkdir(options.cniConfDir, { recursive: true }) // containerd watches it.
  const config = containerdConfig({
    layout,
    runcPath: binaries.runc,
    cniConfDir: options.cniConfDir,
    cniBinDir: options.cniBinDir,
    sandboxImage: PAUSE_IMAGE,
    snapshotter: host.snapshotter,
    cgroupDriver: options.cgroupDriver ?? 'cgroupfs',
    canLowerOomScore: host.canLowerOomScore,
  })

  using connection = grpcConnection(layout.socket)
  const { pid, found, version } = await findOrSpawn(binaries.containerd, layout, config, connection)
  const images = { ctr: binaries.ctr, address: layout.socket, snapshotter: host.snapshotter }
  await ensurePauseImage(connection, images, host.architecture, options.crypto)
  return {
    endpoint: `unix://${layout.socket}`,
    pid,
    found,
    version: version.runtimeVersion,
    images,
    layout,
  }
}

interface Running {
  readonly pid: number
  readonly found: boolean
  readonly version: VersionResponse
}

async function findOrSpawn(
  program: string,
  layout: ContainerdLayout,
  config: string,
  connection: Connection,
): Promise<Running> {
  const daemons = await findDaemons(layout)
  const [daemon] = daemons
  if (daemon && (await readIfPresent(layout.configFile)) === config) {
    const version = await answer(connection).catch(() => undefined)
    if (version) return { pid: daemon.pid, found: true, version }
  }
  // One that is stuck or configured otherwise makes way; its containers run on and are taken over.
  await stopDaemons(daemons)
  await writeFile(layout.configFile, config, { mode: 0o600 })
  const spawned = await spawnDaemon(program, layout)
  return { pid: spawned.pid, found: false, version: await firstAnswer(connection, spawned, layout) }
}

function answer(connection: Connection, signal?: AbortSignal): Promise<VersionResponse> {
  const options = { timeoutMs: START_TIMEOUT_MS, waitForReady: true, ...(signal && { signal }) }
  return connection.unary(RUNTIME.version, {}, options)
}

async function firstAnswer(
  connection: Connection,
  daemon: Daemon,
  layout: ContainerdLayout,
): Promise<VersionResponse> {
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await answer(connection, daemon.gone)
    } catch (error) {
      // The socket answers a moment before the CRI plugin behind it does.
      const starting = error instanceof RuntimeError && !daemon.gone.aborted
      if (!starting || performance.now() > deadline) throw await startError(layout, error)
      await delay(RETRY_MS)
    }
  }
}

async function startError(layout: ContainerdLayout, cause: unknown): Promise<ContainerdError> {
  const message = `Cannot start containerd: ${await lastError(layout)} (see ${layout.logFile})`
  return new ContainerdError('failed', message, { cause })
}

async function ensurePauseImage(
  connection: Connection,
  images: ImageStore,
  architecture: Architecture,
  crypto: Pick<Crypto, 'hashHex'>,
): Promise<void> {
  const service = imageService(connection)
  if (await service.imageStatus({ image: PAUSE_IMAGE })) return
  await importArchive(images, pauseImageArchive(architecture, crypto))
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
