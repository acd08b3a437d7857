import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { invalid, required, tooLong, type FieldError } from '../../../schema/field-error.ts'
import { between, dnsLabel, NONE, oneOf, problemsAt, requiredText } from '../../validation/rules.ts'
import { validateDescendingPath } from './volume-paths.ts'
import type {
  AzureDiskVolumeSource,
  AzureFilePersistentVolumeSource,
  CinderPersistentVolumeSource,
  CSIPersistentVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GitRepoVolumeSource,
  GlusterfsPersistentVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
} from './volume-source.ts'
import type { SecretReference } from './reference.ts'

/** The rules for volumes of single storage systems, most of them no longer served by Kubernetes itself. */

export function validateGitRepo(
  { repository, directory = '' }: GitRepoVolumeSource,
  path: string,
): FieldError[] {
  return [
    ...requiredText(repository, `${path}.repository`),
    ...validateDescendingPath(directory, `${path}.directory`),
  ]
}

const INITIATORS = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([0-9A-Za-z-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[0-9A-Za-z]{16}$/],
  ['naa', /^naa.[0-9A-Za-z]{32}$/],
] as const

function validateInitiator(name: string, path: string, unknown: string): FieldError[] {
  const kind = INITIATORS.find(([prefix]) => name.startsWith(prefix))
  if (!kind) return [invalid(path, name, unknown)]
  return kind[1].test(name) ? NONE : [invalid(path, name, 'must be valid format')]
}

const INITIATOR_TOO_LONG =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

/** Whether the name of an iSCSI session would be too long. */
export function iscsiNameProblem(
  name: string,
  { initiatorName, targetPortal }: Pick<ISCSIVolumeSource, 'initiatorName' | 'targetPortal'>,
): string | undefined {
  const isTooLong = initiatorName !== undefined && `${name}:${targetPortal}`.length > 64
  return isTooLong ? INITIATOR_TOO_LONG : undefined
}

type Iscsi = Pick<
  ISCSIVolumeSource,
  'targetPortal' | 'iqn' | 'lun' | 'chapAuthDiscovery' | 'chapAuthSession' | 'initiatorName'
> & { readonly secretRef?: { readonly name?: string } }

export function validateIscsi(
  source: Iscsi,
  path: string,
  unknownFormat = 'must be valid format starting with iqn, eui, or naa',
): FieldError[] {
  const { targetPortal, iqn, lun, initiatorName, secretRef } = source
  const needsSecret = (source.chapAuthDiscovery || source.chapAuthSession) && !secretRef
  return [
    ...requiredText(targetPortal, `${path}.targetPortal`),
    ...(iqn ? validateInitiator(iqn, `${path}.iqn`, unknownFormat) : [required(`${path}.iqn`)]),
    ...between(lun, 0, 255, `${path}.lun`),
    ...(needsSecret ? [required(`${path}.secretRef`)] : NONE),
    ...(initiatorName === undefined
      ? NONE
      : validateInitiator(initiatorName, `${path}.initiatorname`, unknownFormat)),
  ]
}

export function validateFc({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, path: string) {
  const errors: FieldError[] = []
  const at = `${path}.targetWWNs`
  if (targetWWNs.length === 0 && wwids.length === 0)
    errors.push(required(at, 'must specify either targetWWNs or wwids, but not both'))
  if (targetWWNs.length > 0 && wwids.length > 0) {
    const text = 'targetWWNs and wwids can not be specified simultaneously'
    errors.push(invalid(at, targetWWNs, text))
  }
  if (targetWWNs.length > 0) {
    if (lun === undefined)
      errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'))
    else errors.push(...between(lun, 0, 255, `${path}.lun`))
  }
  return errors
}

/** The partition of a disk: upstream's text names 1, its check allows 0. */
export function validatePartition(partition: number | undefined, path: string): FieldError[] {
  if (partition === undefined || (partition >= 0 && partition <= 255)) return NONE
  return [invalid(path, partition, 'must be between 1 and 255, inclusive')]
}

export function validateNfs({ server, path: exported }: NFSVolumeSource, path: string) {
  return [
    ...requiredText(server, `${path}.server`),
    ...requiredText(exported, `${path}.path`),
    ...(exported.startsWith('/')
      ? NONE
      : [invalid(`${path}.path`, exported, 'must be an absolute path')]),
  ]
}

const REGISTRY = 'must be a host:port pair or multiple pairs separated by commas'

export function validateQuobyte(source: QuobyteVolumeSource, path: string): FieldError[] {
  return [
    ...validateQuobyteRegistry(source, path),
    ...requiredText(source.volume, `${path}.volume`),
  ]
}

function validateQuobyteRegistry(
  { registry, tenant = '' }: QuobyteVolumeSource,
  path: string,
): FieldError[] {
  if (!registry) return [required(`${path}.registry`, REGISTRY)]
  if (tenant.length >= 65) {
    const text = 'must be a UUID and may not exceed a length of 64 characters'
    return [required(`${path}.tenant`, text)]
  }
  return registry
    .split(',')
    .filter((pair) => !/^(\[[^\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair))
    .map(() => invalid(`${path}.registry`, registry, REGISTRY))
}

export function validateGlusterfs(
  { endpoints, path: volume }: { readonly endpoints: string; readonly path: string },
  path: string,
): FieldError[] {
  return [...requiredText(endpoints, `${path}.endpoints`), ...requiredText(volume, `${path}.path`)]
}

export function validatePersistentGlusterfs(
  source: GlusterfsPersistentVolumeSource,
  path: string,
): FieldError[] {
  const { endpointsNamespace: namespace } = source
  const at = `${path}.endpointsNamespace`
  const errors = [...validateGlusterfs(source, path)]
  if (namespace === '') {
    const text = 'if the endpointnamespace is set, it must be a valid namespace name'
    errors.push(invalid(at, namespace, text))
  } else if (namespace !== undefined) {
    errors.push(...problemsAt(at, namespace, dns1123LabelProblems(namespace)))
  }
  return errors
}

export function validateFlocker(
  { datasetName = '', datasetUUID = '' }: FlockerVolumeSource,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (!datasetName && !datasetUUID)
    errors.push(required(path, 'one of datasetName and datasetUUID is required'))
  if (datasetName && datasetUUID) {
    const text = 'datasetName and datasetUUID can not be specified simultaneously'
    errors.push(invalid(path, 'resource', text))
  }
  if (datasetName.includes('/'))
    errors.push(invalid(`${path}.datasetName`, datasetName, "must not contain '/'"))
  return errors
}

export function validateRbd(
  { monitors, image }: { readonly monitors: readonly string[]; readonly image: string },
  path: string,
): FieldError[] {
  return [
    ...(monitors.length > 0 ? NONE : [required(`${path}.monitors`)]),
    ...requiredText(image, `${path}.image`),
  ]
}

export function validateCephFs(
  { monitors }: { readonly monitors: readonly string[] },
  path: string,
): FieldError[] {
  return monitors.length > 0 ? NONE : [required(`${path}.monitors`)]
}

export function validateCinder(
  source: { readonly volumeID: string; readonly secretRef?: { readonly name?: string } },
  path: string,
): FieldError[] {
  const { volumeID, secretRef } = source
  return [
    ...requiredText(volumeID, `${path}.volumeID`),
    ...(secretRef ? requiredText(secretRef.name, `${path}.secretRef.name`) : NONE),
  ]
}

export function validatePersistentCinder(source: CinderPersistentVolumeSource, path: string) {
  const { secretRef } = source
  return [
    ...validateCinder(source, path),
    ...(secretRef ? requiredText(secretRef.namespace, `${path}.secretRef.namespace`) : NONE),
  ]
}

export function validateFlex(
  { driver, options = {} }: Pick<FlexVolumeSource, 'driver' | 'options'>,
  path: string,
): FieldError[] {
  return [
    ...requiredText(driver, `${path}.driver`),
    ...Object.keys(options)
      .filter((key) => /(^|\.)(kubernetes|k8s)\.io$/.test(key.split('/', 1)[0]!.toLowerCase()))
      .map((key) => {
        const text = 'kubernetes.io and k8s.io namespaces are reserved'
        return invalid(`${path}.options[${key}]`, key, text)
      }),
  ]
}

export function validateAzureFile(
  source: { readonly secretName: string; readonly shareName: string },
  path: string,
): FieldError[] {
  return [
    ...requiredText(source.secretName, `${path}.secretName`),
    ...requiredText(source.shareName, `${path}.shareName`),
  ]
}

export function validatePersistentAzureFile(source: AzureFilePersistentVolumeSource, path: string) {
  return [
    ...validateAzureFile(source, path),
    ...(source.secretNamespace === '' ? [required(`${path}.secretNamespace`)] : NONE),
  ]
}

const MANAGED_URI =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export function validateAzureDisk(source: AzureDiskVolumeSource, path: string): FieldError[] {
  const { diskName, diskURI, cachingMode, kind } = source
  const [prefix, example] =
    kind === 'Managed' ? ['/subscriptions/', MANAGED_URI] : ['https://', BLOB_URI]
  return [
    ...requiredText(diskName, `${path}.diskName`),
    ...requiredText(diskURI, `${path}.diskURI`),
    ...oneOf(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], `${path}.cachingMode`),
    ...oneOf(kind, ['Dedicated', 'Managed', 'Shared'], `${path}.kind`),
    ...(diskURI.startsWith(prefix) ? NONE : oneOf(diskURI, [example], `${path}.diskURI`)),
  ]
}

export function validateScaleIo(
  { gateway, system, volumeName }: Pick<ScaleIOVolumeSource, 'gateway' | 'system' | 'volumeName'>,
  path: string,
): FieldError[] {
  return [
    ...requiredText(gateway, `${path}.gateway`),
    ...requiredText(system, `${path}.system`),
    ...requiredText(volumeName, `${path}.volumeName`),
  ]
}

type StorageOs = Pick<StorageOSVolumeSource, 'volumeName' | 'volumeNamespace'> & {
  readonly secretRef?: { readonly name?: string; readonly namespace?: string }
}

export function validateStorageOs(
  { volumeName, volumeNamespace, secretRef }: StorageOs,
  path: string,
): FieldError[] {
  return [
    ...(volumeName ? dnsLabel(volumeName, `${path}.volumeName`) : [required(`${path}.volumeName`)]),
    ...(volumeNamespace ? dnsLabel(volumeNamespace, `${path}.volumeNamespace`) : NONE),
    ...(secretRef ? requiredText(secretRef.name, `${path}.secretRef.name`) : NONE),
  ]
}

export function validatePersistentStorageOs(source: StorageOs, path: string): FieldError[] {
  const { secretRef } = source
  return [
    ...validateStorageOs(source, path),
    ...(secretRef ? requiredText(secretRef.namespace, `${path}.secretRef.namespace`) : NONE),
  ]
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const

export function validatePersistentCsi(
  source: CSIPersistentVolumeSource,
  path: string,
): FieldError[] {
  return [
    ...validateCsiDriverName(source.driver, `${path}.driver`),
    ...requiredText(source.volumeHandle, `${path}.volumeHandle`),
    ...CSI_SECRETS.flatMap((field) => {
      const secret = source[field]
      return secret ? validateSecretReference(secret, `${path}.${field}`) : NONE
    }),
  ]
}

function validateSecretReference({ name, namespace }: SecretReference, path: string): FieldError[] {
  return [
    ...(name
      ? problemsAt(`${path}.name`, name, dns1123SubdomainProblems(name))
      : [required(`${path}.name`)]),
    ...(namespace
      ? problemsAt(`${path}.namespace`, namespace, dns1123LabelProblems(namespace))
      : [required(`${path}.namespace`)]),
  ]
}

/** The name of a CSI driver. */
export function validateCsiDriverName(name: string, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (name === '') errors.push(required(path))
  if (name.length > 63) errors.push(tooLong(path, 63))
  return [...errors, ...problemsAt(path, name, dns1123SubdomainProblems(name.toLowerCase()))]
}
