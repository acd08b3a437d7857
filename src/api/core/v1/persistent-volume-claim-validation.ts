import { equal } from '../../../apimachinery/equality.ts'
import { validateLabels, validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import type { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { validateAnnotations } from '../../meta/v1/object-meta-validation.ts'
import { dnsSubdomain, NONE, oneOf, optionalName, requiredText } from '../../validation/rules.ts'
import type { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts'
import type { TypedObjectReference } from './reference.ts'
import { positiveQuantity, validateQuantity } from './resource-validation.ts'
import type { PersistentVolumeClaimTemplate } from './volume-source.ts'

export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
export const VOLUME_MODES = ['Block', 'Filesystem']

/** Checks the spec of a PersistentVolumeClaim, whether of an object or of a template. */
export function validatePersistentVolumeClaimSpec(
  spec: PersistentVolumeClaimSpec,
  path: string,
  { allowInvalidApiGroup = false } = {},
): FieldError[] {
  return [
    ...(spec.accessModes
      ? NONE
      : [required(`${path}.accessModes`, 'at least 1 access mode is required')]),
    ...validateLabelSelector(spec.selector, `${path}.selector`),
    ...validateAccessModes(spec.accessModes, `${path}.accessModes`),
    ...validateStorageRequest(spec.resources?.requests?.['storage'], path),
    ...optionalName(spec.storageClassName, `${path}.storageClassName`, dns1123SubdomainProblems),
    ...oneOf(spec.volumeMode, VOLUME_MODES, `${path}.volumeMode`),
    ...validateSource(spec.dataSource, `${path}.dataSource`, allowInvalidApiGroup),
    ...validateSource(spec.dataSourceRef, `${path}.dataSourceRef`, allowInvalidApiGroup),
    ...validateSourcesAgree(spec, path),
    ...optionalName(
      spec.volumeAttributesClassName,
      `${path}.volumeAttributesClassName`,
      dns1123SubdomainProblems,
    ),
  ]
}

export function validateAccessModes(
  modes: readonly string[] | undefined,
  path: string,
): FieldError[] {
  if (!modes) return NONE
  const isMixed =
    modes.includes('ReadWriteOncePod') &&
    modes.some((each) => each !== 'ReadWriteOncePod' && ACCESS_MODES.includes(each))
  return [
    ...modes.flatMap((each) => oneOf(each, ACCESS_MODES, path)),
    ...(isMixed ? [forbidden(path, 'may not use ReadWriteOncePod with other access modes')] : NONE),
  ]
}

function validateStorageRequest(storage: string | undefined, path: string): FieldError[] {
  const at = `${path}.resources[storage]`
  if (storage === undefined) return [required(at)]
  const errors = positiveQuantity(storage, at)
  return errors.length > 0 ? errors : validateQuantity('storage', storage, at)
}

function validateSource(
  source: Pick<TypedObjectReference, 'name' | 'kind' | 'apiGroup' | 'namespace'> | undefined,
  path: string,
  allowInvalidApiGroup: boolean,
): FieldError[] {
  if (!source) return NONE
  const { name, kind, apiGroup = '', namespace } = source
  return [
    ...requiredText(name, `${path}.name`),
    ...requiredText(kind, `${path}.kind`),
    ...(apiGroup === '' && kind !== 'PersistentVolumeClaim'
      ? [
          invalid(
            path,
            kind,
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
          ),
        ]
      : NONE),
    ...(apiGroup !== '' && !allowInvalidApiGroup
      ? dnsSubdomain(apiGroup, `${path}.apiGroup`)
      : NONE),
    ...optionalName(namespace, `${path}.namespace`, dns1123LabelProblems),
  ]
}

function validateSourcesAgree(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
): FieldError[] {
  if (!dataSource || !dataSourceRef) return NONE
  // Upstream shows the path as the value.
  const shown = `${path}.dataSource`
  if (dataSourceRef.namespace)
    return [invalid(path, shown, 'may not be specified when dataSourceRef.namespace is specified')]
  const { namespace: _, ...local } = dataSourceRef
  return equal(local, dataSource) ? NONE : [invalid(path, shown, 'must match dataSourceRef')]
}

/** Checks a template that claims are made from: of its metadata only labels and annotations are used. */
export function validatePersistentVolumeClaimTemplate(
  { metadata, spec }: PersistentVolumeClaimTemplate,
  path: string,
): FieldError[] {
  return [
    ...validateTemplateMetadata(metadata, `${path}.metadata`),
    ...validatePersistentVolumeClaimSpec(spec, `${path}.spec`),
  ]
}

export function validateTemplateMetadata(
  { labels, annotations, ...others }: ObjectMeta,
  path: string,
): FieldError[] {
  return [
    ...validateAnnotations(annotations, `${path}.annotations`),
    ...validateLabels(labels, `${path}.labels`),
    ...Object.keys(others).map((field) => forbidden(`${path}.${field}`, 'cannot be set')),
  ]
}
