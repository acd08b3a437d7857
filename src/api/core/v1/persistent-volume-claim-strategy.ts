import { qualifiedNameProblems } from '../../../apimachinery/names.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { difference } from '../../difference.ts'
import { keepField } from '../../preparation.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, NONE, oneOf, problemsAt } from '../../validation/rules.ts'
import { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts'
import { validatePersistentVolumeClaimSpec } from './persistent-volume-claim-validation.ts'
import type { PersistentVolumeClaim } from './persistent-volume-claim.ts'
import { roundUpResources } from './quantity-rounding.ts'
import { isNative } from './resource-names.ts'
import { compareTexts, isWhole, toQuantity, validateQuantity } from './resource-validation.ts'

type Spec = PersistentVolumeClaimSpec

/** The rules of PersistentVolumeClaims (pkg/registry/core/persistentvolumeclaim/strategy.go). */
export const persistentVolumeClaimStrategy: Strategy<PersistentVolumeClaim> = {
  applyDefaults: (claim) =>
    changeField(claim, 'spec', (spec) => changeField(spec, 'resources', roundUpResources)),
  prepareForCreate: (claim) =>
    withFields(claim, {
      spec: withBothSources(withoutForeignSource(claim.spec)),
      status: { phase: 'Pending' },
    }),
  prepareForUpdate: (claim, old) => keepField(claim, old, 'status'),
  validateCreate: ({ spec }) => validatePersistentVolumeClaimSpec(spec, 'spec'),
  validateUpdate,
  warnings: claimWarnings,
  status: statusStrategy(validateStatusUpdate),
}

// The older field takes only what it always took; anything else is what the newer one is for.
function withoutForeignSource(spec: Spec): Spec {
  const { dataSource: source } = spec
  if (!source) return spec
  const isKnown =
    (source.kind === 'PersistentVolumeClaim' && !source.apiGroup) ||
    (source.kind === 'VolumeSnapshot' && source.apiGroup === 'snapshot.storage.k8s.io')
  return isKnown ? spec : withField(spec, 'dataSource', undefined)
}

/** The two fields for the source say the same, where only one is set. */
function withBothSources(spec: Spec): Spec {
  const { dataSource, dataSourceRef } = spec
  if (dataSource && !dataSourceRef) return withField(spec, 'dataSourceRef', dataSource as never)
  if (!dataSource && dataSourceRef && !dataSourceRef.namespace)
    return withField(spec, 'dataSource', withField(dataSourceRef, 'namespace', undefined) as never)
  return spec
}

const STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class'

function validateUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const { spec } = claim
  const oldSpec = withBothSources(old.spec)
  const hadForeignGroup =
    oldSpec.dataSource?.apiGroup !== undefined || oldSpec.dataSourceRef?.apiGroup !== undefined
  return [
    ...validatePersistentVolumeClaimSpec(spec, 'spec', { allowInvalidApiGroup: hadForeignGroup }),
    ...validateAnnotation(claim, old),
    ...validateSpecUnchanged(claim, withField(old, 'spec', oldSpec)),
    ...validateSize(claim, old),
    ...immutable(spec.volumeMode, old.spec.volumeMode, 'volumeMode'),
    ...validateAttributesClass(spec, old.spec),
  ]
}

/** The class may move from the old annotation to the field. */
function movesFromAnnotation(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[STORAGE_CLASS]
  const now = claim.metadata.annotations?.[STORAGE_CLASS]
  return (
    before !== undefined &&
    old.spec.storageClassName === undefined &&
    claim.spec.storageClassName === before &&
    (now === undefined || now === before)
  )
}

function validateAnnotation(claim: PersistentVolumeClaim, old: PersistentVolumeClaim) {
  if (movesFromAnnotation(claim, old)) return NONE
  const now = claim.metadata.annotations?.[STORAGE_CLASS] ?? ''
  const before = old.metadata.annotations?.[STORAGE_CLASS] ?? ''
  return immutable(now, before, `metadata.annotations.${STORAGE_CLASS}`)
}

function validateSpecUnchanged(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): FieldError[] {
  const now = withUpdatable(claim, old)
  const before = old.spec.volumeName
    ? old.spec
    : withField(old.spec, 'volumeName', claim.spec.volumeName)
  if (semanticEqual(PersistentVolumeClaimSpec, now, before)) return NONE
  const text =
    'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
  return [forbidden('spec', `${text}\n${difference(before, now)}`)]
}

// What may change is set back to what it was; then nothing else may differ.
function withUpdatable(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): Spec {
  const { spec } = claim
  const isBound = claim.status.phase === 'Bound'
  const before = old.metadata.annotations?.[STORAGE_CLASS]
  const setsClass =
    old.spec.storageClassName === undefined &&
    spec.storageClassName !== undefined &&
    (before === undefined || before === spec.storageClassName)
  return withFields(spec, {
    storageClassName: setsClass ? undefined : spec.storageClassName,
    ...(isBound && {
      resources: changeField(spec.resources, 'requests', (requests) =>
        withField(requests, 'storage', old.spec.resources.requests?.['storage']),
      ),
      volumeAttributesClassName:
        spec.volumeAttributesClassName === undefined
          ? undefined
          : old.spec.volumeAttributesClassName,
    }),
  })
}

/** A claim may shrink again towards what it has, where an expansion failed (KEP-1790). */
function validateSize(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const size = claim.spec.resources.requests?.['storage'] ?? '0'
  const before = old.spec.resources.requests?.['storage'] ?? '0'
  const actual = old.status.capacity?.['storage'] ?? '0'
  if (compareTexts(size, before) >= 0 || compareTexts(size, actual) > 0) return NONE
  return [
    forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'),
  ]
}

function validateAttributesClass(spec: Spec, old: Spec): FieldError[] {
  const { volumeAttributesClassName: now } = spec
  const path = 'spec.volumeAttributesClassName'
  if (old.volumeAttributesClassName === undefined || now === old.volumeAttributesClassName)
    return NONE
  if (now === undefined) return [forbidden(path, 'update from non-nil value to nil is forbidden')]
  return now === ''
    ? [forbidden(path, 'update from non-nil value to an empty string is forbidden')]
    : NONE
}

const RESIZE_STATUSES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
]

function validateStatusUpdate({ spec, status }: PersistentVolumeClaim): FieldError[] {
  const statusPath = 'status.allocatedResourceStatus'
  return [
    ...(spec.accessModes ? NONE : [required('Spec.accessModes')]),
    ...Object.entries(status.capacity ?? {}).flatMap(([name, text]) =>
      validateBasic(text, `status.capacity[${name}]`),
    ),
    ...Object.entries(status.allocatedResourceStatuses ?? {}).flatMap(([name, value]) => [
      ...validateResourceKey(name, statusPath),
      ...(RESIZE_STATUSES.includes(value)
        ? NONE
        : oneOf(name, RESIZE_STATUSES.toSorted(), statusPath)),
    ]),
    ...Object.entries(status.allocatedResources ?? {}).flatMap(([name, text]) => {
      const path = 'status.allocatedResources'
      const keyErrors = validateResourceKey(name, path)
      if (keyErrors.length > 0) return keyErrors
      const errors = validateBasic(text, `${path}[${name}]`)
      return errors.length > 0 ? errors : validateQuantity('storage', text, `${path}[${name}]`)
    }),
  ]
}

function validateBasic(text: string, path: string): FieldError[] {
  if (!text.startsWith('-')) return NONE
  const whole = Number(toQuantity(text).nano / 10n ** 9n)
  return [invalid(path, whole, 'must be a valid resource quantity')]
}

function validateResourceKey(name: string, path: string): FieldError[] {
  const problems = qualifiedNameProblems(name)
  if (problems.length > 0) return problemsAt(path, name, problems)
  return isNative(name) ? oneOf(name, ['storage'], path) : NONE
}

/** What is said of a claim's spec wherever it stands. */
export function claimSpecWarnings(spec: Spec, path: string): string[] {
  const storage = spec.resources.requests?.['storage']
  return storage === undefined || isWhole(storage)
    ? []
    : [
        `${path}.resources.requests[storage]: fractional byte value ${JSON.stringify(storage)} is invalid, must be an integer`,
      ]
}

function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  return [
    ...(metadata.annotations?.[STORAGE_CLASS] === undefined
      ? []
      : [
          `metadata.annotations[${STORAGE_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`,
        ]),
    ...claimSpecWarnings(spec, 'spec'),
  ]
}
