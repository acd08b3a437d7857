import { cp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Method } from '../../src/grpc/connection.ts'
import { grpcConnection } from '../../src/grpc/grpc-connection.node.ts'
import type { ServedMethod } from '../../src/grpc/grpc-server.node.ts'
import type { Input } from '../../src/grpc/proto3.ts'
import { CSI_CONTROLLER } from './controller-messages.ts'

/** How a driver serves a method, and notes that it was called. */
export type Serve<Name extends string> = <Q, R>(
  method: Name,
  declared: Method<Q, R>,
  handle: (request: Q) => Promise<Input<R>> | Input<R>,
) => ServedMethod

interface ControllerOptions {
  /** Where the data of a volume or of a snapshot is. */
  readonly backing: (id: string) => string
  /** Whether the node has something to do when a volume grows. */
  readonly growsOnNode: boolean
}

const SIZE = 1024 ** 3
const TIMEOUT_MS = 30_000

/** What a driver does wherever it runs: volumes and snapshots are made, copied and removed as directories. */
export function controllerService(
  served: Serve<keyof typeof CSI_CONTROLLER>,
  { backing, growsOnNode }: ControllerOptions,
): ServedMethod[] {
  const copy = (from: string, to: string): Promise<void> =>
    cp(backing(from), backing(to), { recursive: true })
  const shown = (snapshotId: string) => ({
    snapshot: {
      snapshotId,
      sizeBytes: SIZE,
      creationTime: { seconds: 1_700_000_000 },
      readyToUse: true,
    },
  })
  return [
    served('createVolume', CSI_CONTROLLER.createVolume, async (request) => {
      const { name, capacityRange, contentSource, parameters } = request
      const volumeId = name.replace('pvc-', 'handle-')
      const source = contentSource?.snapshot?.snapshotId ?? contentSource?.volume?.volumeId
      if (source !== undefined) await copy(source, volumeId)
      const capacityBytes = capacityRange?.requiredBytes ?? SIZE
      return { volume: { volumeId, capacityBytes, volumeContext: parameters } }
    }),
    served('deleteVolume', CSI_CONTROLLER.deleteVolume, async ({ volumeId }) => {
      await rm(backing(volumeId), { recursive: true, force: true })
      return {}
    }),
    served('attach', CSI_CONTROLLER.attach, ({ nodeId }) => ({
      publishContext: { device: `on-${nodeId}` },
    })),
    served('detach', CSI_CONTROLLER.detach, () => ({})),
    served('expandVolume', CSI_CONTROLLER.expandVolume, ({ capacityRange }) => ({
      // In steps, as many drivers do.
      capacityBytes: Math.ceil((capacityRange?.requiredBytes ?? 0) / SIZE) * SIZE,
      nodeExpansionRequired: growsOnNode,
    })),
    served('modifyVolume', CSI_CONTROLLER.modifyVolume, () => ({})),
    served('createSnapshot', CSI_CONTROLLER.createSnapshot, async ({ name, sourceVolumeId }) => {
      await copy(sourceVolumeId, name)
      return shown(name)
    }),
    served('deleteSnapshot', CSI_CONTROLLER.deleteSnapshot, async ({ snapshotId }) => {
      await rm(backing(snapshotId), { recursive: true, force: true })
      return {}
    }),
    served('listSnapshots', CSI_CONTROLLER.listSnapshots, async ({ snapshotId }) => {
      const isThere = await stat(backing(snapshotId)).then(
        () => true,
        () => false,
      )
      return { entries: isThere ? [shown(snapshotId)] : [] }
    }),
  ]
}

/** Where a driver listens, as drivers that are made for others do. */
export function socketOf(dataDir: string, driver: string): string {
  return join(dataDir, 'plugins', driver, 'csi.sock')
}

/** Asks the driver of a name. */
export async function callDriver<Q, R>(
  dataDir: string,
  driver: string,
  method: Method<Q, R>,
  request: Input<Q>,
): Promise<R> {
  using connection = grpcConnection(`unix://${socketOf(dataDir, driver)}`)
  return await connection.unary(method, request, { timeoutMs: TIMEOUT_MS })
}
