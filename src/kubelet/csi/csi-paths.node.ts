import { mkdir, readFile, readdir, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CsiHandle } from '../../api/storage/v1/csi-attachment.ts'
import { writeFileAtomic } from '../../base/atomic-file.node.ts'
import type { Crypto } from '../../base/crypto.ts'

const PLUGIN = 'kubernetes.io~csi'
const RECORD = 'vol_data.json'

/** What is written beside each volume of a Pod, under upstream's names, so that a later agent can take it away. */
export interface CsiRecord {
  readonly specVolID: string
  readonly volumeHandle: string
  readonly driverName: string
  readonly nodeName: string
  /** Empty where the driver needs no attaching. */
  readonly attachmentID: string
  readonly volumeLifecycleMode: 'Persistent' | 'Ephemeral'
}

/** A volume that a Pod has. */
export interface PublishedCsiVolume {
  readonly podUid: string
  readonly record: CsiRecord
  readonly isBlock: boolean
  /** Of the record. */
  readonly directory: string
}

type VolumeId = Pick<CsiRecord, 'driverName' | 'volumeHandle' | 'specVolID'>

/** Where CSI volumes lie below the agent's directory: drivers rely on upstream's layout of it. */
export function csiPaths(dataDir: string, crypto: Pick<Crypto, 'hashHex'>) {
  const [pods, drivers] = [join(dataDir, 'pods'), join(dataDir, 'plugins')]
  const plugins = join(drivers, 'kubernetes.io', 'csi')
  const inPod = (podUid: string, isBlock: boolean): string =>
    join(pods, podUid, isBlock ? 'volumeDevices' : 'volumes', PLUGIN)
  return {
    /** What drivers in Pods mount from the node, and in which they mount volumes. */
    shared: [pods, drivers],
    /** Where drivers put the sockets on which they register. */
    registry: join(dataDir, 'plugins_registry'),
    /** Of the record of a Pod's volume. */
    directory: (podUid: string, name: string, isBlock: boolean): string =>
      join(inPod(podUid, isBlock), name),
    /** Where the driver is to give a Pod the volume. The driver makes it; what it is in must be there. */
    target({ podUid, record, isBlock, directory }: PublishedCsiVolume): string {
      if (!isBlock) return join(directory, 'mount')
      return join(plugins, 'volumeDevices', 'publish', record.specVolID, podUid)
    },
    /** Where the driver puts the volume once for all Pods of the node. */
    staging({ driverName, volumeHandle, specVolID }: VolumeId, isBlock: boolean): string {
      if (isBlock) return join(plugins, 'volumeDevices', 'staging', specVolID)
      return join(plugins, driverName, crypto.hashHex('sha256', volumeHandle), 'globalmount')
    },
    /** All volumes of a Pod. */
    async ofPod(podUid: string): Promise<readonly PublishedCsiVolume[]> {
      const found = await Promise.all(
        [false, true].map(async (isBlock) => {
          const parent = inPod(podUid, isBlock)
          const names = await readdir(parent).catch(() => [])
          return Promise.all(
            names.map(async (name) => {
              const directory = join(parent, name)
              const record = await readRecord(directory)
              return record && { podUid, record, isBlock, directory }
            }),
          )
        }),
      )
      return found.flat().filter((each) => each !== undefined)
    },
    /** All volumes of all Pods that have left something here. */
    async ofAllPods(): Promise<readonly PublishedCsiVolume[]> {
      const uids = await readdir(pods).catch(() => [])
      return (await Promise.all(uids.map((uid) => this.ofPod(uid)))).flat()
    },
    /** Whether a Pod has the volume, other than that one. */
    async isUsed({ driver, handle }: CsiHandle, exceptPodUid?: string): Promise<boolean> {
      const all = await this.ofAllPods()
      return all.some(
        ({ podUid, record }) =>
          podUid !== exceptPodUid && record.driverName === driver && record.volumeHandle === handle,
      )
    },
  }
}

export type CsiPaths = ReturnType<typeof csiPaths>

/** Whole or not at all. */
export async function writeRecord(directory: string, record: CsiRecord): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o750 })
  await writeFileAtomic(join(directory, RECORD), JSON.stringify(record), { mode: 0o644 })
}

/** Whether there is, or was, a volume of a Pod. */
export async function hasRecord(directory: string): Promise<boolean> {
  return (await readRecord(directory)) !== undefined
}

async function readRecord(directory: string): Promise<CsiRecord | undefined> {
  const text = await readFile(join(directory, RECORD), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as CsiRecord)
}

export function handleOf({ driverName: driver, volumeHandle: handle }: CsiRecord): CsiHandle {
  return { driver, handle }
}

/** Makes what a path is in. */
export async function makeParent(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 })
}

/** Removes a directory that is empty. It never takes anything along: what is in it would be a volume's. */
export async function removeEmpty(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
}
