import { equal } from '../../../apimachinery/equality.ts'
import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { timestamp } from '../../../base/clock.ts'
import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { changeField, withField } from '../../change.ts'
import { difference } from '../../difference.ts'
import { keepField } from '../../preparation.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import type { Strategy } from '../../strategy.ts'
import {
  immutable,
  NONE,
  oneOf,
  optionalName,
  problemsAt,
  requiredText,
} from '../../validation/rules.ts'
import {
  iscsiNameProblem,
  validateAzureDisk,
  validateCephFs,
  validateFc,
  validateFlex,
  validateFlocker,
  validateIscsi,
  validateNfs,
  validatePartition,
  validatePersistentAzureFile,
  validatePersistentCinder,
  validatePersistentCsi,
  validatePersistentGlusterfs,
  validatePersistentStorageOs,
  validateQuobyte,
  validateRbd,
  validateScaleIo,
} from './legacy-volume-validation.ts'
import { validateNodeSelector } from './node-selector-validation.ts'
import { validateAccessModes, VOLUME_MODES } from './persistent-volume-claim-validation.ts'
import type { PersistentVolume, PersistentVolumeSpec } from './persistent-volume.ts'
import { nodeSelectorTermWarnings } from './pod-warnings.ts'
import { roundUpToMilli } from './quantity-rounding.ts'
import { isWhole, positiveQuantity, toQuantity } from './resource-validation.ts'
import type { NodeSelectorRequirement } from './selector.ts'
import { validateNoBacksteps } from './volume-paths.ts'
import { PersistentVolumeSource } from './volume-source.ts'
import { validateHostPath } from './volume-source-validation.ts'

/** The rules of PersistentVolumes (pkg/registry/core/persistentvolume/strategy.go). */
export const persistentVolumeStrategy: Strategy<PersistentVolume> = {
  applyDefaults: (volume) =>
    changeField(volume, 'spec', (spec) => changeField(spec, 'capacity', roundUpToMilli)),
  prepareForCreate: (volume, { clock }) =>
    withField(volume, 'status', {
      phase: 'Pending',
      lastPhaseTransitionTime: timestamp(clock),
    }),
  prepareForUpdate: (volume, old) => keepField(volume, old, 'status'),
  validateCreate: validateVolume,
  validateUpdate,
  warnings: volumeWarnings,
  status: {
    prepareForUpdate: (volume, old, { clock }) => {
      const kept = keepField(volume, old, 'spec')
      const { phase, lastPhaseTransitionTime: since } = kept.status
      const isGiven = since !== undefined && since !== old.status.lastPhaseTransitionTime
      if (phase === old.status.phase || isGiven) return kept
      return changeField(kept, 'status', (status) =>
        withField(status, 'lastPhaseTransitionTime', timestamp(clock)),
      )
    },
    validateUpdate: () => NONE,
  },
}

interface SourceRule {
  readonly field: keyof PersistentVolumeSpec
  readonly validate: (source: never, path: string) => FieldError[]
  readonly at: string
  readonly surplusAt: string
}

function source<K extends keyof PersistentVolumeSpec>(
  field: K,
  validate: (source: NonNullable<PersistentVolumeSpec[K]>, path: string) => FieldError[],
  { at = field as string, surplusAt = field as string } = {},
): SourceRule {
  return { field, validate, at, surplusAt }
}

// In upstream's order, with upstream's names in errors.
const SOURCES: readonly SourceRule[] = [
  source('hostPath', validateHostPath),
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
  source('glusterfs', validatePersistentGlusterfs),
  source('flocker', validateFlocker),
  source('nfs', validateNfs),
  source('rbd', validateRbd),
  source('quobyte', validateQuobyte),
  source('cephfs', validateCephFs, { surplusAt: 'cephFS' }),
  source('iscsi', (iscsi, path) => validateIscsi(iscsi, path, 'must be valid format')),
  source('cinder', validatePersistentCinder),
  source('fc', validateFc),
  source('flexVolume', validateFlex),
  source('azureFile', validatePersistentAzureFile),
  source('vsphereVolume', ({ volumePath }, path) => requiredText(volumePath, `${path}.volumePath`)),
  source('photonPersistentDisk', ({ pdID }, path) => requiredText(pdID, `${path}.pdID`)),
  source('portworxVolume', ({ volumeID }, path) => requiredText(volumeID, `${path}.volumeID`)),
  source('azureDisk', validateAzureDisk),
  source('scaleIO', validateScaleIo),
  source('local', ({ path: target }, path) =>
    target === '' ? [required(`${path}.path`)] : validateNoBacksteps(target, `${path}.path`),
  ),
  source('storageos', validatePersistentStorageOs),
  source('csi', validatePersistentCsi),
]

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain']

function validateVolume({ metadata, spec }: PersistentVolume): FieldError[] {
  return validatePersistentVolumeSpec(spec, metadata.name, 'spec')
}

/** Checks the spec of a PersistentVolume. */
export function validatePersistentVolumeSpec(
  spec: PersistentVolumeSpec,
  name: string,
  path: string,
): FieldError[] {
  const { hostPath, persistentVolumeReclaimPolicy: policy } = spec
  const recyclesRoot = hostPath && /^\/+$/.test(hostPath.path) && policy === 'Recycle'
  return [
    ...(spec.accessModes ? NONE : [required(`${path}.accessModes`)]),
    ...validateAccessModes(spec.accessModes, `${path}.accessModes`),
    ...validateCapacity(spec.capacity, `${path}.capacity`),
    ...oneOf(policy, RECLAIM_POLICIES, `${path}.persistentVolumeReclaimPolicy`),
    ...validateNodeAffinity(spec, `${path}.nodeAffinity`),
    ...validateSource(spec, name, path),
    ...(recyclesRoot
      ? [
          forbidden(
            `${path}.persistentVolumeReclaimPolicy`,
            "may not be 'recycle' for a hostPath mount of '/'",
          ),
        ]
      : NONE),
    ...optionalName(spec.storageClassName, `${path}.storageClassName`, dns1123SubdomainProblems),
    ...oneOf(spec.volumeMode, VOLUME_MODES, `${path}.volumeMode`),
    ...validateAttributesClass(spec, path),
  ]
}

function validateCapacity(
  capacity: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const names = Object.keys(capacity ?? {})
  return [
    ...(names.length === 0 ? [required(path)] : NONE),
    ...(names.length === 1 && names[0] === 'storage'
      ? NONE
      : [unsupported(path, capacity ?? null, ['storage'])]),
    ...Object.entries(capacity ?? {}).flatMap(([name, text]) => [
      ...(text.startsWith('-')
        ? [
            invalid(
              `${path}[${name}]`,
              Number(toQuantity(text).nano / 10n ** 9n),
              'must be a valid resource quantity',
            ),
          ]
        : NONE),
      ...positiveQuantity(text, `${path}[${name}]`),
    ]),
  ]
}

function validateNodeAffinity({ nodeAffinity, local }: PersistentVolumeSpec, path: string) {
  if (!nodeAffinity) return local ? [required(path, 'Local volume requires node affinity')] : NONE
  return nodeAffinity.required
    ? validateNodeSelector(nodeAffinity.required, `${path}.required`)
    : [required(`${path}.required`, 'must specify required node constraints')]
}

function validateSource(spec: PersistentVolumeSpec, name: string, path: string): FieldError[] {
  const [first, ...surplus] = SOURCES.filter(({ field }) => spec[field] !== undefined)
  if (!first) return [required(path, 'must specify a volume type')]
  const problem =
    first.field === 'iscsi' && spec.iscsi ? iscsiNameProblem(name, spec.iscsi) : undefined
  return [
    ...first.validate(spec[first.field] as never, `${path}.${first.at}`),
    ...(problem === undefined
      ? NONE
      : [invalid(`${path}.iscsi.targetportal`, spec.iscsi!.targetPortal, problem)]),
    ...surplus.map(({ surplusAt }) =>
      forbidden(`${path}.${surplusAt}`, 'may not specify more than 1 volume type'),
    ),
  ]
}

function validateAttributesClass(
  { volumeAttributesClassName: name, csi }: PersistentVolumeSpec,
  path: string,
): FieldError[] {
  if (name === undefined) return NONE
  const at = `${path}.volumeAttributesClassName`
  return [
    ...(name === ''
      ? [required(at, 'an empty string is disallowed')]
      : problemsAt(at, name, dns1123SubdomainProblems(name))),
    ...(csi
      ? NONE
      : [required(`${path}.csi`, 'has to be specified when using volumeAttributesClassName')]),
  ]
}

function validateUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const { spec } = volume
  // A secret for expansion may be added later.
  const [now, before] = [withoutNewSecret(spec, old.spec), old.spec]
  const isSame = semanticEqual(PersistentVolumeSource, now as never, before as never)
  const text = `spec.persistentvolumesource is immutable after creation\n${difference(sourceOf(before), sourceOf(now))}`
  const affinityText = 'field is immutable, except for updating from beta label to GA'
  const affinity = spec.nodeAffinity
  return [
    ...validateVolume(volume),
    ...(isSame ? NONE : [forbidden('spec.persistentvolumesource', text)]),
    ...immutable(spec.volumeMode, old.spec.volumeMode, 'volumeMode'),
    ...(old.spec.nodeAffinity &&
    !equal(withNewLabels(affinity), withNewLabels(old.spec.nodeAffinity))
      ? [invalid('nodeAffinity', affinity ?? 'null', affinityText)]
      : NONE),
    ...(old.spec.volumeAttributesClassName !== undefined &&
    spec.volumeAttributesClassName === undefined
      ? [
          forbidden(
            'spec.volumeAttributesClassName',
            'update from non-nil value to nil is forbidden',
          ),
        ]
      : NONE),
  ]
}

function sourceOf(spec: PersistentVolumeSpec): Record<string, unknown> {
  const fields = SOURCES.map(({ field }) => [field, spec[field]] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

function withoutNewSecret(
  spec: PersistentVolumeSpec,
  old: PersistentVolumeSpec,
): PersistentVolumeSpec {
  if (!old.csi || old.csi.controllerExpandSecretRef) return spec
  return changeField(spec, 'csi', (csi) => withField(csi, 'controllerExpandSecretRef', undefined))
}

const NEW_LABELS: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

/** The affinity with the names that labels of nodes have today. */
function withNewLabels(affinity: PersistentVolumeSpec['nodeAffinity']): unknown {
  return affinity?.required?.nodeSelectorTerms.map(
    ({ matchExpressions = [], matchFields = [] }) => [
      matchExpressions.map((each: NodeSelectorRequirement) => ({
        ...each,
        key: NEW_LABELS[each.key] ?? each.key,
      })),
      matchFields,
    ],
  )
}

const SOURCE_WARNINGS = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const

const STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class'

function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const annotations = metadata.annotations ?? {}
  const storage = spec.capacity?.['storage']
  return [
    ...(annotations[STORAGE_CLASS] === undefined
      ? []
      : [
          `metadata.annotations[${STORAGE_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`,
        ]),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : []),
    ...(spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      nodeSelectorTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`, false),
    ),
    ...SOURCE_WARNINGS.filter(([field]) => spec[field]).map(
      ([, shown, text]) => `spec.${shown}: ${text}`,
    ),
    ...(storage !== undefined && !isWhole(storage)
      ? [
          `spec.capacity[storage]: fractional byte value ${JSON.stringify(storage)} is invalid, must be an integer`,
        ]
      : []),
  ]
}
