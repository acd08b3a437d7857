import { mkdir, stat, statfs } from 'node:fs/promises'
import type { PersistentVolume } from '../../api/core/v1/persistent-volume.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { NFSVolumeSource } from '../../api/core/v1/volume-source.ts'
import type { ClaimedVolume } from './claimed-volume.ts'
import { mountDisk } from './disk.node.ts'
import { giveToGroup } from './fs-group.node.ts'
import { prepareHostPath } from './host-path.node.ts'
import { makeLocalPath } from './local-path.node.ts'
import { isMounted, mount } from './mounts.node.ts'
import { nfsMountArguments } from './nfs.ts'
import type { MountedVolume, VolumeUsage } from './pod-volumes.ts'

interface Place {
  /** The agent's. */
  readonly dataDir: string
  /** Where the volume is mounted for the Pod, if it needs a mount of its own. */
  readonly directory: string
}

/** Brings the volume behind a claim to a Pod, but for those of CSI drivers. Throws upstream's words. */
export async function mountPersistent(
  pod: Pod,
  { volume: { spec }, readOnly }: ClaimedVolume,
  place: Place,
): Promise<MountedVolume> {
  const { hostPath, local, nfs, mountOptions = [] } = spec
  if (hostPath) {
    await prepareHostPath(hostPath)
    return { hostPath: hostPath.path, readOnly }
  }
  if (nfs) return mountNfs(nfs, { ...place, readOnly, mountOptions })
  if (local) return mountLocal(pod, spec, { ...place, readOnly })
  throw new Error('no volume plugin matched')
}

/** Mounts a directory of an NFS server, through the system's tools. */
export async function mountNfs(
  { server, path, readOnly: isReadOnly = false }: NFSVolumeSource,
  {
    directory,
    readOnly = false,
    mountOptions = [],
  }: Pick<Place, 'directory'> & {
    readonly readOnly?: boolean
    readonly mountOptions?: readonly string[]
  },
): Promise<MountedVolume> {
  const from = { server, path, readOnly: isReadOnly || readOnly, mountOptions }
  await mkdir(directory, { recursive: true, mode: 0o750 })
  if (!(await isMounted(directory))) await mount(nfsMountArguments(from, directory))
  return { hostPath: directory, readOnly: from.readOnly }
}

/** A directory of the node, a disk of it, or a disk as a device. */
async function mountLocal(
  pod: Pod,
  { local, volumeMode, mountOptions = [] }: PersistentVolume['spec'],
  { dataDir, directory, readOnly }: Place & { readonly readOnly: boolean },
): Promise<MountedVolume> {
  const path = local?.path ?? ''
  await makeLocalPath(dataDir, path)
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new Error(`path ${JSON.stringify(path)} does not exist`)
  const isDevice = found.isBlockDevice()
  if (volumeMode === 'Block') {
    if (isDevice) return { hostPath: '', readOnly, devicePath: path }
    throw new Error(`local volume ${JSON.stringify(path)} is not a block device`)
  }
  if (isDevice) {
    await mkdir(directory, { recursive: true, mode: 0o750 })
    const options = { ...(local?.fsType && { fsType: local.fsType }), mountOptions, readOnly }
    if (!(await isMounted(directory))) await mountDisk(path, directory, options)
  }
  const hostPath = isDevice ? directory : path
  if (!readOnly) await giveToGroup(hostPath, pod)
  return { hostPath, readOnly }
}

/** How full the disk is that a path is on. */
export async function diskUsageAt(path: string): Promise<Omit<VolumeUsage, 'name' | 'pvcRef'>> {
  const { bavail, bfree, blocks, bsize, ffree, files } = await statfs(path)
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
    inodesUsed: files - ffree,
  }
}
