import { join } from 'node:path'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import { expand } from '../containers/expansion.ts'
import type { Device, Mount } from '../cri/container-messages.ts'
import type { Input } from '../cri/types.ts'
import { containerPath, isRecursivelyReadOnly, type VolumeMount } from './mount-options.ts'
import type { ContainerFacts, MountedVolumes } from './pod-volumes.ts'
import { mountSubPath } from './sub-path.node.ts'

interface ContainerMountsOptions extends ContainerFacts {
  readonly mounted: MountedVolumes
  /** Where parts of volumes are mounted for the Pod, before they get into its containers. */
  readonly subPathDirectory: string
}

/** The mounts of a container as the runtime is told of them, subPath and subPathExpr resolved. */
export async function containerMounts(
  container: AnyContainer,
  options: ContainerMountsOptions,
): Promise<readonly Input<Mount>[]> {
  const { volumeMounts = [] } = container
  return Promise.all(volumeMounts.map((mount, i) => toMount(container, mount, i, options)))
}

/** The devices of a container's block volumes. */
export function containerDevices(
  { name: container, volumeDevices = [], volumeMounts = [] }: AnyContainer,
  mounted: MountedVolumes,
): readonly Input<Device>[] {
  for (const { name } of volumeMounts)
    if (mounted.get(name)?.devicePath !== undefined)
      throw new Error(
        `volume ${JSON.stringify(name)} has volumeMode Block, but is specified in volumeMounts`,
      )
  return volumeDevices.map(({ name, devicePath }) => {
    const volume = mounted.get(name)
    if (volume?.devicePath === undefined)
      throw new Error(
        `cannot find volume ${JSON.stringify(name)} to pass into container ${JSON.stringify(container)}`,
      )
    const permissions = volume.readOnly ? 'r' : 'mrw'
    return { containerPath: devicePath, hostPath: volume.devicePath, permissions }
  })
}

async function toMount(
  container: AnyContainer,
  mount: VolumeMount,
  i: number,
  {
    mounted,
    environment,
    recursiveReadOnly,
    imageSubPaths,
    subPathDirectory,
  }: ContainerMountsOptions,
): Promise<Input<Mount>> {
  const { name, subPath = '', subPathExpr = '', readOnly = false, mountPropagation } = mount
  const volume = mounted.get(name)
  if (!volume)
    throw new Error(
      `cannot find volume ${JSON.stringify(name)} to mount into container ${JSON.stringify(container.name)}`,
    )
  const part = subPathExpr === '' ? subPath : expandStrictly(subPathExpr, environment)
  if (part !== '' && volume.image && !imageSubPaths)
    throw new Error(
      `volume ${JSON.stringify(name)} is an image, of which the container runtime cannot mount the part ${JSON.stringify(part)}`,
    )
  const isReadOnly = readOnly || volume.readOnly
  const isWhole = part === '' || volume.image !== undefined
  const target = join(subPathDirectory, name, container.name, String(i))
  return {
    containerPath: containerPath(mount),
    hostPath: isWhole ? volume.hostPath : await mountSubPath(volume.hostPath, part, target),
    readonly: isReadOnly,
    ...(volume.image && { image: volume.image, imageSubPath: part }),
    ...(isRecursivelyReadOnly(mount, recursiveReadOnly) && { recursiveReadOnly: true }),
    ...(mountPropagation !== undefined && { propagation: PROPAGATION[mountPropagation] }),
  }
}

function expandStrictly(expression: string, environment: ReadonlyMap<string, string>): string {
  return expand(expression, (name) => {
    const value = environment.get(name)
    if (value === undefined) throw new Error(`missing value for ${JSON.stringify(name)}`)
    return value
  })
}

const PROPAGATION = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
} as const
