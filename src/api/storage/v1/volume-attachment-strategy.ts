import {
  forbidden,
  invalid,
  required,
  tooLong,
  type FieldError,
} from '../../../schema/field-error.ts'
import { validateCsiDriverName } from '../../core/v1/legacy-volume-validation.ts'
import type { PersistentVolumeSpec } from '../../core/v1/persistent-volume.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { statusPreparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import {
  dnsSubdomain,
  ifSet,
  IMMUTABLE,
  MAX_INT32,
  NONE,
  rangeText,
} from '../../validation/rules.ts'
import {
  VolumeAttachment,
  VolumeAttachmentSpec,
  type VolumeAttachmentSource,
  type VolumeError,
} from './volume-attachment.ts'

const METADATA_BYTES_MAX = 256 * 1024
const MESSAGE_MAX = 1024

/** The rules of VolumeAttachments (pkg/registry/storage/volumeattachment/strategy.go). */
export const volumeAttachmentStrategy: Strategy<VolumeAttachment> = {
  ...statusPreparation(VolumeAttachment),
  validateCreate: (attachment) => [
    ...validateAttachment(attachment),
    ...validateCsiDriverName(attachment.spec.attacher, 'spec.attacher'),
    ...ifSet(attachment.spec.source.persistentVolumeName, (name) =>
      dnsSubdomain(name, 'spec.source.persistentVolumeName'),
    ),
  ],
  validateUpdate,
  status: statusStrategy(validateUpdate, {
    keep: ['labels', 'annotations', 'finalizers', 'ownerReferences'],
  }),
  allowUnconditionalUpdate: false,
}

function validateUpdate(attachment: VolumeAttachment, old: VolumeAttachment): FieldError[] {
  return [
    ...validateAttachment(attachment),
    ...(semanticEqual(VolumeAttachmentSpec, attachment.spec, old.spec)
      ? NONE
      : [invalid('spec', attachment.spec, IMMUTABLE)]),
  ]
}

function validateAttachment({ spec, status }: VolumeAttachment): FieldError[] {
  const entries = Object.entries(status.attachmentMetadata ?? {})
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return [
    ...(spec.attacher ? NONE : [required('spec.attacher')]),
    ...validateSource(spec.source, 'spec.source'),
    ...dnsSubdomain(spec.nodeName, 'spec.nodeName'),
    ...(bytes > METADATA_BYTES_MAX
      ? [tooLong('status.attachmentMetadata', METADATA_BYTES_MAX)]
      : NONE),
    ...validateError(status.attachError, 'status.attachError'),
    ...validateError(status.detachError, 'status.detachError'),
  ]
}

function validateSource(source: VolumeAttachmentSource, path: string): FieldError[] {
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = source
  const text = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  if (name === undefined && !inline) return [required(path, text)]
  if (name !== undefined && inline) return [forbidden(path, text)]
  if (name === '')
    return [required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName')]
  return inline ? validateInline(inline, `${path}.inlineVolumeSpec`) : NONE
}

const NOT_INLINE = ['claimRef', 'capacity', 'nodeAffinity', 'storageClassName'] as const

/** Only what the driver needs is told of a volume that is no object of its own. */
function validateInline(spec: PersistentVolumeSpec, path: string): FieldError[] {
  return [
    ...NOT_INLINE.filter((field) => spec[field] !== undefined && spec[field] !== '').map((field) =>
      forbidden(`${path}.${field}`, 'may not be specified in the context of inline volumes'),
    ),
    ...(spec.volumeMode === 'Filesystem'
      ? NONE
      : [
          forbidden(
            `${path}.volumeMode`,
            'may not specify volumeMode other than Filesystem in the context of inline volumes',
          ),
        ]),
    ...(spec.csi
      ? NONE
      : [required(`${path}.csi`, 'has to be specified in the context of inline volumes')]),
    ...(spec.accessModes?.length ? NONE : [required(`${path}.accessModes`)]),
  ]
}

function validateError(error: VolumeError | undefined, path: string): FieldError[] {
  const { message = '', errorCode: code = 0 } = error ?? {}
  return [
    ...(message.length > MESSAGE_MAX ? [tooLong(`${path}.message`, METADATA_BYTES_MAX)] : NONE),
    ...(code < 0 ? [invalid(`${path}.errorCode`, code, rangeText(0, MAX_INT32))] : NONE),
  ]
}
