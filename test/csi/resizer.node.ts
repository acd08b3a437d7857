import { PersistentVolumeClaim } from '../../src/api/core/v1/persistent-volume-claim.ts'
import { PersistentVolume } from '../../src/api/core/v1/persistent-volume.ts'
import type { Client } from '../../src/client/client.ts'
import type { Transport } from '../../src/client/transport.ts'
import { controller, type Controller } from '../../src/controller-runtime/index.ts'
import { formatQuantity, quantityValue } from '../../src/schema/quantity.ts'
import { CSI_CONTROLLER } from './controller-messages.ts'
import { callDriver } from './controller-service.node.ts'
import { manage, mutableParameters } from './sidecars.node.ts'

/** Plays the external resizer of a driver, which lets volumes grow (KEP-1790) and changes their attributes (KEP-3751). */
export function startResizer(
  transport: Transport,
  dataDir: string,
  driver: string,
): AsyncDisposable {
  return manage(transport, [resizer(dataDir, driver)])
}

function resizer(dataDir: string, driver: string): Controller {
  return controller('test-csi-resizer', {
    for: PersistentVolumeClaim,
    async reconcile(claim, { client }) {
      if (claim.spec.storageClassName !== driver || claim.status.phase !== 'Bound') return
      const volume = await client.get(PersistentVolume, { name: claim.spec.volumeName ?? '' })
      await resize(client, dataDir, claim, volume)
      await modify(client, dataDir, claim, volume)
    },
  })
}

async function resize(
  client: Client,
  dataDir: string,
  { metadata, spec, status }: PersistentVolumeClaim,
  volume: PersistentVolume,
): Promise<void> {
  const { driver, volumeHandle: volumeId } = volume.spec.csi!
  const storage = spec.resources?.requests?.['storage'] ?? '0'
  const requiredBytes = quantityValue(storage)
  if (requiredBytes <= quantityValue(volume.spec.capacity?.['storage'])) return
  const tell = (patch: object): Promise<unknown> =>
    client.patch(PersistentVolumeClaim, metadata, 'merge', { status: patch }, SUBRESOURCE)
  await tell({
    allocatedResources: { storage },
    allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
    conditions: [...(status.conditions ?? []), { type: 'Resizing', status: 'True' }],
  })
  const request = { volumeId, capacityRange: { requiredBytes } }
  const answer = await callDriver(dataDir, driver, CSI_CONTROLLER.expandVolume, request)
  const nano = BigInt(answer.capacityBytes) * 1_000_000_000n
  const size = formatQuantity({ nano, format: 'BinarySI' })
  await client.patch(PersistentVolume, volume.metadata, 'merge', {
    spec: { capacity: { storage: size } },
  })
  if (answer.nodeExpansionRequired)
    await tell({
      allocatedResourceStatuses: { storage: 'NodeResizePending' },
      conditions: [{ type: 'FileSystemResizePending', status: 'True' }],
    })
  else
    await tell({
      capacity: { storage: size },
      allocatedResourceStatuses: { storage: null },
      conditions: [],
    })
}

async function modify(
  client: Client,
  dataDir: string,
  { metadata, spec, status }: PersistentVolumeClaim,
  volume: PersistentVolume,
): Promise<void> {
  const { volumeAttributesClassName: wanted } = spec
  if (!wanted || wanted === status.currentVolumeAttributesClassName) return
  const { driver, volumeHandle: volumeId } = volume.spec.csi!
  const tell = (patch: object): Promise<unknown> =>
    client.patch(PersistentVolumeClaim, metadata, 'merge', { status: patch }, SUBRESOURCE)
  await tell({
    modifyVolumeStatus: { targetVolumeAttributesClassName: wanted, status: 'InProgress' },
  })
  const request = { volumeId, mutableParameters: await mutableParameters(client, wanted) }
  await callDriver(dataDir, driver, CSI_CONTROLLER.modifyVolume, request)
  const change = { spec: { volumeAttributesClassName: wanted } }
  await client.patch(PersistentVolume, volume.metadata, 'merge', change)
  await tell({ currentVolumeAttributesClassName: wanted, modifyVolumeStatus: null })
}

const SUBRESOURCE = { subresource: 'status' }
