import {
  forbidden,
  invalid,
  notFound,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import { eachAt, NONE, oneOf } from '../../validation/rules.ts'
import type { AnyContainer } from './pod-containers.ts'
import { validateDescendingPath } from './volume-paths.ts'
import type { Volume, VolumeDevice, VolumeMount } from './volume.ts'

type Volumes = ReadonlyMap<string, Volume>

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None']
const RECURSIVE = ['Disabled', 'Enabled', 'IfPossible']

/** Checks where a container mounts the volumes of its Pod. Some errors name the list, as upstream has it. */
export function validateVolumeMounts(
  container: AnyContainer,
  volumes: Volumes,
  path: string,
): FieldError[] {
  const taken = new Set<string>()
  return eachAt(container.volumeMounts, path, (mount, at) => {
    const isTaken = taken.has(mount.mountPath)
    taken.add(mount.mountPath)
    return [
      ...(mount.name === '' ? [required(`${at}.name`)] : NONE),
      ...(volumes.has(mount.name) ? NONE : [notFound(`${at}.name`, mount.name)]),
      ...(mount.mountPath === '' ? [required(`${at}.mountPath`)] : NONE),
      ...(isTaken ? [invalid(`${at}.mountPath`, mount.mountPath, 'must be unique')] : NONE),
      ...validateNoDevice(mount, container.volumeDevices, at),
      ...validateSubPaths(mount, at, path),
      ...validatePropagation(mount, container, `${path}.mountPropagation`),
      ...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`),
    ]
  })
}

function validateNoDevice(
  { name, mountPath }: VolumeMount,
  devices: readonly VolumeDevice[] | undefined,
  path: string,
): FieldError[] {
  if (!devices) return NONE
  const pathText = 'must not already exist as a path in volumeDevices'
  return [
    ...(devices.some((each) => each.name === name)
      ? [invalid(`${path}.name`, name, 'must not already exist in volumeDevices')]
      : NONE),
    ...(devices.some((each) => each.devicePath === mountPath)
      ? [invalid(`${path}.mountPath`, mountPath, pathText)]
      : NONE),
  ]
}

function validateSubPaths(
  { subPath, subPathExpr }: VolumeMount,
  path: string,
  listPath: string,
): FieldError[] {
  const both = 'subPathExpr and subPath are mutually exclusive'
  return [
    ...(subPath ? validateDescendingPath(subPath, `${listPath}.subPath`) : NONE),
    ...(subPathExpr && subPath ? [invalid(`${path}.subPathExpr`, subPathExpr, both)] : NONE),
    ...(subPathExpr ? validateDescendingPath(subPathExpr, `${listPath}.subPathExpr`) : NONE),
  ]
}

function validatePropagation(
  { mountPropagation }: VolumeMount,
  { securityContext }: AnyContainer,
  path: string,
): FieldError[] {
  const isBidirectional = mountPropagation === 'Bidirectional'
  return [
    ...oneOf(mountPropagation, PROPAGATIONS, path),
    ...(isBidirectional && securityContext?.privileged !== true
      ? [
          forbidden(
            path,
            'Bidirectional mount propagation is available only to privileged containers',
          ),
        ]
      : NONE),
  ]
}

function validateRecursiveReadOnly(
  { recursiveReadOnly, readOnly, mountPropagation }: VolumeMount,
  path: string,
): FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return NONE
  if (!RECURSIVE.includes(recursiveReadOnly)) return oneOf(recursiveReadOnly, RECURSIVE, path)
  const propagationText = 'may only be specified when mountPropagation is None or not specified'
  return [
    ...(readOnly ? NONE : [forbidden(path, 'may only be specified when readOnly is true')]),
    ...(mountPropagation !== undefined && mountPropagation !== 'None'
      ? [forbidden(path, propagationText)]
      : NONE),
  ]
}

/** Checks the block devices that a container takes from the volumes of its Pod. */
export function validateVolumeDevices(
  { volumeDevices, volumeMounts }: AnyContainer,
  volumes: Volumes,
  path: string,
): FieldError[] {
  const [names, paths] = [new Set<string>(), new Set<string>()]
  return eachAt(volumeDevices, path, (device, at) => {
    const { name, devicePath } = device
    const climbs = devicePath.split('/').includes('..')
    const errors = [
      ...validateDeviceName(device, volumes, names, `${at}.name`),
      ...(devicePath === '' ? [required(`${at}.devicePath`)] : NONE),
      ...(paths.has(devicePath)
        ? [invalid(`${at}.devicePath`, devicePath, 'must be unique')]
        : NONE),
      ...(climbs
        ? [invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')")]
        : NONE),
      ...validateNoMount(device, volumeMounts, at),
    ]
    if (!climbs) paths.add(devicePath)
    if (name !== '') names.add(name)
    return errors
  })
}

function validateDeviceName(
  { name }: VolumeDevice,
  volumes: Volumes,
  names: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const volume = volumes.get(name)
  const isClaim = volume?.persistentVolumeClaim !== undefined || volume?.ephemeral !== undefined
  const text =
    'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
  return [
    ...(name === '' ? [required(path)] : NONE),
    ...(names.has(name) ? [invalid(path, name, 'must be unique')] : NONE),
    ...(volume && !isClaim ? [invalid(path, name, text)] : NONE),
    ...(volume ? NONE : [notFound(path, name)]),
  ]
}

function validateNoMount(
  { name, devicePath }: VolumeDevice,
  mounts: readonly VolumeMount[] | undefined,
  path: string,
): FieldError[] {
  if (!mounts) return NONE
  const pathText = 'must not already exist as a path in volumeMounts'
  return [
    ...(mounts.some((each) => each.name === name)
      ? [invalid(`${path}.name`, name, 'must not already exist in volumeMounts')]
      : NONE),
    ...(mounts.some((each) => each.mountPath === devicePath)
      ? [invalid(`${path}.devicePath`, devicePath, pathText)]
      : NONE),
  ]
}
