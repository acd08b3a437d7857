import { mkdir } from 'node:fs/promises'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { CSIDriver } from '../../api/storage/v1/csi-driver.ts'
import type { Client } from '../../client/client.ts'
import { giveToGroup } from '../volumes/fs-group.node.ts'
import type { PodTokens } from '../volumes/service-account-token.ts'
import { stepFailed } from '../volumes/volume-failure.ts'
import type { CsiDriver } from './csi-driver.ts'
import { makeParent } from './csi-paths.node.ts'
import { capabilityOf, isGivenToGroup, type CsiVolume } from './csi-volume.ts'
import { CSI_NODE } from './node-methods.ts'
import { mountContext, secretsOf } from './volume-context.ts'

/** A volume on its way to a Pod, or there. */
export interface Mounting {
  readonly pod: Pod
  readonly volume: CsiVolume
  readonly driver: CsiDriver
  /** What the driver's object says; undefined where there is none. */
  readonly about: CSIDriver['spec'] | undefined
  /** What the attacher said. */
  readonly publishContext: Readonly<Record<string, string>>
  readonly stagingTargetPath: string
  readonly targetPath: string
}

interface CallsOptions {
  readonly client: Client
  readonly tokens: PodTokens
}

export function needsStaging({ volume, driver }: Pick<Mounting, 'volume' | 'driver'>): boolean {
  return !volume.isInline && driver.can('STAGE_UNSTAGE_VOLUME')
}

/** Has the driver bring a volume to the node. Throws upstream's words. */
export async function stageVolume(mounting: Mounting, { client }: CallsOptions): Promise<void> {
  const { volume, driver, publishContext, stagingTargetPath } = mounting
  try {
    await mkdir(stagingTargetPath, { recursive: true, mode: 0o750 })
    await driver.call(CSI_NODE.stage, {
      volumeId: volume.handle,
      publishContext,
      stagingTargetPath,
      volumeCapability: capabilityOf(volume, driver),
      secrets: await secretsOf(volume.stageSecret, client),
      volumeContext: volume.attributes,
    })
  } catch (error) {
    const step = volume.isBlock ? 'MapVolume.SetUpDevice' : 'MountVolume.MountDevice'
    throw stepFailed(step, volume.name, error)
  }
}

/** Has the driver give a volume to a Pod, and its files to the Pod's group. Throws upstream's words. */
export async function publishVolume(mounting: Mounting, options: CallsOptions): Promise<void> {
  const { pod, volume, driver, about, publishContext, stagingTargetPath, targetPath } = mounting
  const { fsGroup } = pod.spec.securityContext ?? {}
  const policy = about?.fsGroupPolicy ?? 'ReadWriteOnceWithFSType'
  const byDriver = driver.can('VOLUME_MOUNT_GROUP') && policy !== 'None'
  try {
    await makeParent(targetPath)
    await driver.call(CSI_NODE.publish, {
      volumeId: volume.handle,
      publishContext,
      ...(needsStaging(mounting) && { stagingTargetPath }),
      targetPath,
      volumeCapability: capabilityOf(volume, driver, byDriver ? fsGroup : undefined),
      readonly: volume.readOnly,
      ...(await mountContext(pod, volume, about, options)),
    })
    if (!volume.isBlock && !byDriver && isGivenToGroup(volume, policy))
      await giveToGroup(targetPath, pod)
  } catch (error) {
    const step = volume.isBlock ? 'MapVolume.MapPodDevice' : 'MountVolume.SetUp'
    throw stepFailed(step, volume.name, error)
  }
}
