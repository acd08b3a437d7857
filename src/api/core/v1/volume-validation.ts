import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../../../schema/field-error.ts'
import {
  dnsLabel,
  eachAt,
  NONE,
  problemsAt,
  requiredOneOf,
  requiredText,
} from '../../validation/rules.ts'
import {
  iscsiNameProblem,
  validateAzureDisk,
  validateAzureFile,
  validateCephFs,
  validateCinder,
  validateFc,
  validateFlex,
  validateFlocker,
  validateGitRepo,
  validateGlusterfs,
  validateIscsi,
  validateNfs,
  validatePartition,
  validateQuobyte,
  validateRbd,
  validateScaleIo,
  validateStorageOs,
} from './legacy-volume-validation.ts'
import { validatePersistentVolumeClaimTemplate } from './persistent-volume-claim-validation.ts'
import { validateFileMode } from './volume-paths.ts'
import type {
  DownwardAPIVolumeSource,
  ImageVolumeSource,
  ProjectedVolumeSource,
  VolumeProjection,
} from './volume-source.ts'
import {
  validateCsi,
  validateDownwardApiFile,
  validateHostPath,
  validateKeyedFiles,
  validateTokenProjection,
} from './volume-source-validation.ts'
import type { Volume } from './volume.ts'

export const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']

/** Where the volumes stand. */
export interface VolumeContext {
  /** The Pod's name, which the claims of its ephemeral volumes carry on; absent in templates. */
  readonly podName: string | undefined
  readonly isPod: boolean
}

type Context = VolumeContext

type Rule<K extends keyof Volume> = (
  source: NonNullable<Volume[K]>,
  path: string,
  volume: Volume,
  context: Context,
) => FieldError[]

interface SourceRule {
  readonly field: keyof Volume
  readonly validate: Rule<never>
  /** Upstream's name of the field in errors, where it strays: of the source, and of a source too many. */
  readonly at: string
  readonly surplusAt: string
}

function source<K extends keyof Volume>(
  field: K,
  validate: Rule<K>,
  { at = field as string, surplusAt = field as string } = {},
): SourceRule {
  return { field, validate, at, surplusAt }
}

// In upstream's order: of several sources the first in this list is looked into.
const SOURCES: readonly SourceRule[] = [
  source('emptyDir', ({ sizeLimit = '0' }, path) =>
    sizeLimit.startsWith('-')
      ? [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : NONE,
  ),
  source('hostPath', validateHostPath),
  source('gitRepo', validateGitRepo),
  source(
    'gcePersistentDisk',
    ({ pdName, partition }, path) => [
      ...requiredText(pdName, `${path}.pdName`),
      ...validatePartition(partition, `${path}.partition`),
    ],
    { at: 'persistentDisk' },
  ),
  source('awsElasticBlockStore', ({ volumeID, partition }, path) => [
    ...requiredText(volumeID, `${path}.volumeID`),
    ...validatePartition(partition, `${path}.partition`),
  ]),
  source('secret', (secret, path) =>
    validateKeyedFiles(secret, secret.secretName, 'secretName', path),
  ),
  source('nfs', validateNfs),
  source('iscsi', (iscsi, path) => validateIscsi(iscsi, path)),
  source('glusterfs', validateGlusterfs),
  source('flocker', validateFlocker),
  source('persistentVolumeClaim', ({ claimName }, path) =>
    requiredText(claimName, `${path}.claimName`),
  ),
  source('rbd', validateRbd),
  source('cinder', validateCinder),
  source('cephfs', validateCephFs, { surplusAt: 'cephFS' }),
  source('quobyte', validateQuobyte),
  source('downwardAPI', validateDownwardApi, { surplusAt: 'downwarAPI' }),
  source('fc', validateFc),
  source('flexVolume', validateFlex),
  source('configMap', (configMap, path) =>
    validateKeyedFiles(configMap, configMap.name, 'name', path),
  ),
  source('azureFile', validateAzureFile),
  source('vsphereVolume', ({ volumePath }, path) => requiredText(volumePath, `${path}.volumePath`)),
  source('photonPersistentDisk', ({ pdID }, path) => requiredText(pdID, `${path}.pdID`)),
  source('portworxVolume', ({ volumeID }, path) => requiredText(volumeID, `${path}.volumeID`)),
  source('azureDisk', validateAzureDisk),
  source('storageos', validateStorageOs),
  source('projected', validateProjected),
  source('scaleIO', validateScaleIo),
  source('csi', validateCsi),
  source('ephemeral', validateEphemeral),
  source('image', validateImage),
]

/** Checks the volumes of a Pod or of a Pod template. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
  context: VolumeContext,
): FieldError[] {
  const names = new Set<string>()
  const createdClaims = claimsToCreate(volumes, context)
  return eachAt(volumes, path, (volume, at) => {
    const errors = [
      ...validateSource(volume, at, context),
      ...(volume.name === '' ? [required(`${at}.name`)] : dnsLabel(volume.name, `${at}.name`)),
      ...(names.has(volume.name) ? [duplicate(`${at}.name`, volume.name)] : NONE),
    ]
    // A name counts as taken by a volume that is right.
    if (errors.length === 0) names.add(volume.name)
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim === undefined || !createdClaims.has(claim)) return errors
    const text = 'must not reference a PVC that gets created for an ephemeral volume'
    return [...errors, invalid(`${at}.persistentVolumeClaim.claimName`, claim, text)]
  })
}

/** The volumes that containers may mount: those without errors of their own. */
export function usableVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
  errors: readonly FieldError[],
): ReadonlyMap<string, Volume> {
  const usable = new Map<string, Volume>()
  for (const [i, volume] of (volumes ?? []).entries()) {
    const at = `${path}[${i}]`
    const isBroken = errors.some(({ field }) => field === at || field.startsWith(`${at}.`))
    if (!isBroken) usable.set(volume.name, volume)
  }
  return usable
}

function claimsToCreate(
  volumes: readonly Volume[] | undefined,
  { podName }: Context,
): ReadonlySet<string> {
  if (!podName) return new Set()
  const ephemeral = (volumes ?? []).filter((volume) => volume.ephemeral)
  return new Set(ephemeral.map(({ name }) => `${podName}-${name}`))
}

function validateSource(volume: Volume, path: string, context: Context): FieldError[] {
  const [first, ...surplus] = SOURCES.filter(({ field }) => volume[field] !== undefined)
  if (!first) return [required(path, 'must specify a volume type')]
  const iscsiProblem = volume.iscsi && iscsiNameProblem(volume.name, volume.iscsi)
  return [
    ...first.validate(volume[first.field] as never, `${path}.${first.at}`, volume, context),
    ...surplus.map(({ surplusAt }) =>
      forbidden(`${path}.${surplusAt}`, 'may not specify more than 1 volume type'),
    ),
    ...(iscsiProblem === undefined ? NONE : [invalid(`${path}.name`, volume.name, iscsiProblem)]),
  ]
}

function validateDownwardApi(
  { items, defaultMode }: DownwardAPIVolumeSource,
  path: string,
): FieldError[] {
  return [
    ...validateFileMode(defaultMode, `${path}.defaultMode`),
    ...(items ?? []).flatMap((file) => validateDownwardApiFile(file, path)),
  ]
}

function validateEphemeral(
  { volumeClaimTemplate: template }: NonNullable<Volume['ephemeral']>,
  path: string,
  { name }: Volume,
  { podName }: Context,
): FieldError[] {
  const at = `${path}.volumeClaimTemplate`
  const errors = template ? validatePersistentVolumeClaimTemplate(template, at) : [required(at)]
  if (!podName || name === '') return errors
  const claim = `${podName}-${name}`
  const problems = dns1123SubdomainProblems(claim).map(
    (each) => `PVC name ${JSON.stringify(claim)}: ${each}`,
  )
  return [...errors, ...problemsAt(path.replace(/ephemeral$/, 'name'), name, problems)]
}

function validateImage(
  { reference, pullPolicy }: ImageVolumeSource,
  path: string,
  _volume: Volume,
  { isPod }: Context,
): FieldError[] {
  return [
    ...(isPod ? requiredText(reference, `${path}.reference`) : NONE),
    ...requiredOneOf(pullPolicy, PULL_POLICIES, `${path}.pullPolicy`),
  ]
}

function validateProjected(
  { sources, defaultMode }: ProjectedVolumeSource,
  path: string,
): FieldError[] {
  const taken = new Set<string>()
  return [
    ...validateFileMode(defaultMode, `${path}.defaultMode`),
    ...eachAt(sources, `${path}.sources`, (each, at) => validateProjection(each, at, path, taken)),
  ]
}

function validateProjection(
  projection: VolumeProjection,
  path: string,
  volumePath: string,
  taken: Set<string>,
): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken } = projection
  const conflict = (target: string, shown: string): FieldError[] => {
    if (target === '') return NONE
    if (taken.has(target)) return [invalid(volumePath, shown, 'conflicting duplicate paths')]
    taken.add(target)
    return NONE
  }
  const keyed = (kind: 'secret' | 'configMap', from: typeof secret | typeof configMap) =>
    from
      ? [
          ...validateKeyedFiles(from, from.name, 'name', `${path}.${kind}`),
          ...(from.items ?? []).flatMap((item) => conflict(item.path, from.name ?? '')),
        ]
      : NONE
  return [
    ...keyed('secret', secret),
    ...keyed('configMap', configMap),
    ...(downwardAPI?.items ?? []).flatMap((file) => [
      ...validateDownwardApiFile(file, `${path}.downwardAPI`),
      ...conflict(file.path, file.path),
    ]),
    ...(serviceAccountToken
      ? validateTokenProjection(serviceAccountToken, `${path}.serviceAccountToken`, volumePath)
      : NONE),
    ...(Object.keys(projection).length > 1
      ? [forbidden(path, 'may not specify more than 1 volume type per source')]
      : NONE),
  ]
}
