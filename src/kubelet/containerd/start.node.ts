import { mkdir, realpath } from 'node:fs/promises'
import type { Crypto } from '../../base/crypto.ts'
import type { Connection } from '../../grpc/connection.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { imageService } from '../cri/image-service.ts'
import { findContainerd } from './binaries.node.ts'
import { containerdConfig } from './config.ts'
import { imageVisible, importArchive, type ImageStore } from './ctr.node.ts'
import type { Architecture } from './elf.ts'
import { ContainerdError, failedToStart } from './errors.ts'
import { hostAbilities } from './host.node.ts'
import { launch } from './launch.node.ts'
import { containerdLayout, type ContainerdLayout } from './layout.ts'
import { PAUSE_IMAGE, pauseImageArchive } from './pause-image.ts'

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
  /** Where containerd and what belongs to it are looked for, as in PATH; PATH and the system's directories when absent. */
  readonly path?: string
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
  if (process.getuid?.() !== 0) throw failedToStart('only root can run containers')
  try {
    return await start(options)
  } catch (error) {
    throw error instanceof ContainerdError ? error : failedToStart((error as Error).message, error)
  }
}

async function start(options: ContainerdOptions): Promise<ContainerdInstance> {
  const binaries = await findContainerd(options.path)
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
  const { pid, found, version } = await launch(binaries.containerd, layout, config, connection)
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

async function ensurePauseImage(
  connection: Connection,
  images: ImageStore,
  architecture: Architecture,
  crypto: Pick<Crypto, 'hashHex'>,
): Promise<void> {
  const service = imageService(connection)
  if (await service.imageStatus({ image: PAUSE_IMAGE })) return
  await importArchive(images, pauseImageArchive(architecture, crypto))
  await imageVisible(service, PAUSE_IMAGE) // Or CRI would try to pull it.
}
