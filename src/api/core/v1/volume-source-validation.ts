import { dns1123SubdomainProblems, qualifiedNameProblems } from '../../../apimachinery/names.ts'
import { splitSubscript } from '../../../apimachinery/paths.ts'
import { invalid, required, unsupported, type FieldError } from '../../../schema/field-error.ts'
import { eachAt, NONE, oneOf, problemsAt, requiredText } from '../../validation/rules.ts'
import type { ObjectFieldSelector, ResourceFieldSelector } from './env.ts'
import { validateCsiDriverName } from './legacy-volume-validation.ts'
import type { KeyToPath } from './reference.ts'
import { validateFileMode, validateNoBacksteps, validateNonReservedPath } from './volume-paths.ts'
import type {
  CSIVolumeSource,
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  ServiceAccountTokenProjection,
} from './volume-source.ts'

/** The rules for the volumes that Kubernetes itself makes. */

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

export function validateHostPath(
  { path: target, type }: HostPathVolumeSource,
  path: string,
): FieldError[] {
  if (target === '') return [required(`${path}.path`)]
  return [
    ...validateNoBacksteps(target, `${path}.path`),
    ...oneOf(type, HOST_PATH_TYPES, `${path}.type`),
  ]
}

interface KeyedFiles {
  readonly items?: readonly KeyToPath[]
  readonly defaultMode?: number
}

/** A Secret or ConfigMap whose entries become files. */
export function validateKeyedFiles(
  { items, defaultMode }: KeyedFiles,
  name: string | undefined,
  nameField: string,
  path: string,
): FieldError[] {
  return [
    ...requiredText(name, `${path}.${nameField}`),
    ...validateFileMode(defaultMode, `${path}.defaultMode`),
    ...eachAt(items, `${path}.items`, validateKeyToPath),
  ]
}

function validateKeyToPath({ key, path: target, mode }: KeyToPath, path: string): FieldError[] {
  return [
    ...requiredText(key, `${path}.key`),
    ...requiredText(target, `${path}.path`),
    ...validateNonReservedPath(target, `${path}.path`),
    ...validateFileMode(mode, `${path}.mode`),
  ]
}

export function validateCsi(source: CSIVolumeSource, path: string): FieldError[] {
  const { driver, nodePublishSecretRef: secret } = source
  return [
    ...validateCsiDriverName(driver, `${path}.driver`),
    ...(secret?.name === ''
      ? [required(`${path}.nodePublishSecretRef.name`)]
      : problemsAt(
          `${path}.name`,
          secret?.name,
          secret ? dns1123SubdomainProblems(secret.name ?? '') : [],
        )),
  ]
}

const TOKEN_SECONDS_MIN = 10 * 60
const TOKEN_SECONDS_MAX = 2 ** 32

export function validateTokenProjection(
  { expirationSeconds: seconds, path: target }: ServiceAccountTokenProjection,
  path: string,
  volumePath: string,
): FieldError[] {
  const at = `${path}.expirationSeconds`
  return [
    ...(seconds < TOKEN_SECONDS_MIN
      ? [invalid(at, seconds, 'may not specify a duration less than 10 minutes')]
      : NONE),
    ...(seconds > TOKEN_SECONDS_MAX
      ? [invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds')]
      : NONE),
    ...requiredText(target, `${volumePath}.path`),
    ...validateNonReservedPath(target, `${volumePath}.path`),
  ]
}

const VOLUME_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]

/** A file that shows a field of the Pod. */
export function validateDownwardApiFile(
  { path: target, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile,
  path: string,
): FieldError[] {
  const both = 'fieldRef and resourceFieldRef can not be specified simultaneously'
  return [
    ...requiredText(target, `${path}.path`),
    ...validateNonReservedPath(target, `${path}.path`),
    ...(fieldRef ? validateFieldSelector(fieldRef, VOLUME_FIELDS, `${path}.fieldRef`) : NONE),
    ...(fieldRef && resourceFieldRef ? [invalid(path, 'resource', both)] : NONE),
    ...(!fieldRef && resourceFieldRef
      ? validateResourceFieldSelector(resourceFieldRef, `${path}.resourceFieldRef`, true)
      : NONE),
    ...(!fieldRef && !resourceFieldRef
      ? [required(path, 'one of fieldRef and resourceFieldRef is required')]
      : NONE),
    ...validateFileMode(mode, `${path}.mode`),
  ]
}

const POD_FIELDS = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
])

/** Which field of the Pod a variable or file shows. */
export function validateFieldSelector(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  allowed: readonly string[],
  path: string,
): FieldError[] {
  if (apiVersion === '') return [required(`${path}.apiVersion`)]
  if (fieldPath === '') return [required(`${path}.fieldPath`)]
  const { path: field, key } = splitSubscript(fieldPath)
  const problem = conversionProblem(apiVersion, fieldPath, field, key !== undefined)
  if (problem !== undefined)
    return [invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${problem}`)]
  if (key === undefined) {
    const name = field === 'spec.host' ? 'spec.nodeName' : field
    return allowed.includes(name) ? NONE : [unsupported(`${path}.fieldPath`, name, allowed)]
  }
  const name = field === 'metadata.annotations' ? key.toLowerCase() : key
  return problemsAt(path, name, qualifiedNameProblems(name))
}

function conversionProblem(
  apiVersion: string,
  fieldPath: string,
  field: string,
  hasKey: boolean,
): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`
  const isMap = field === 'metadata.annotations' || field === 'metadata.labels'
  if (hasKey) return isMap ? undefined : `field label does not support subscript: ${fieldPath}`
  return POD_FIELDS.has(field) || field === 'spec.host'
    ? undefined
    : `field label not supported: ${fieldPath}`
}

const CONTAINER_RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

/** Which resource of a container a variable or file shows. */
export function validateResourceFieldSelector(
  { containerName, resource, divisor }: ResourceFieldSelector,
  path: string,
  isVolume: boolean,
): FieldError[] {
  return [
    ...(isVolume && !containerName
      ? [required(`${path}.containerName`)]
      : validateResourceField(resource, `${path}.resource`)),
    ...validateDivisor(resource, divisor, `${path}.divisor`),
  ]
}

function validateResourceField(resource: string, path: string): FieldError[] {
  if (resource === '') return [required(path)]
  if (/^(requests|limits)\.hugepages-/.test(resource)) return NONE
  return oneOf(resource, CONTAINER_RESOURCES, path)
}

const SIZES = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei'

const DIVISORS: readonly (readonly [RegExp, string, string])[] = [
  [
    /^(limits|requests)\.cpu$/,
    '1m, 1',
    "only divisor's values 1m and 1 are supported with the cpu resource",
  ],
  [
    /^(limits|requests)\.memory$/,
    SIZES,
    `only divisor's values ${SIZES} are supported with the memory resource`,
  ],
  [
    /^(limits|requests)\.ephemeral-storage$/,
    SIZES,
    `only divisor's values ${SIZES} are supported with the local ephemeral storage resource`,
  ],
  [
    /^(limits|requests)\.hugepages-/,
    SIZES,
    `only divisor's values ${SIZES} are supported with the hugepages resource`,
  ],
]

function validateDivisor(resource: string, divisor: string, path: string): FieldError[] {
  if (divisor === '0') return NONE
  const rule = DIVISORS.find(([pattern]) => pattern.test(resource))
  if (!rule || rule[1].split(', ').includes(divisor)) return NONE
  return [invalid(path, resource, rule[2])]
}
