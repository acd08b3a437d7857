import {
  matches,
  selectorFrom,
  selectsEverything,
  type Selector,
} from '../../../apimachinery/labels.ts'
import { ParseError } from '../../../apimachinery/parse-error.ts'
import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import {
  forbidden,
  invalid,
  required,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import type { LabelSelector } from '../../meta/v1/selector.ts'
import { NONE, nonNegative } from '../../validation/rules.ts'
import type { PodTemplateSpec } from './common.ts'
import { validatePodTemplateSpec } from './pod-validation.ts'

/** The rules that kinds with a template of Pods share. */

/** Checks the selector of a workload. `emptyText`: what is wrong with one that selects everything. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  path: string,
  emptyText: string,
): FieldError[] {
  if (!selector) return [required(path)]
  const isEmpty =
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0
  return [
    ...validateLabelSelector(selector, path),
    ...(isEmpty ? [invalid(path, selector, emptyText)] : NONE),
  ]
}

/** The selector of a workload; undefined where it is none. An absent one selects nothing. */
export function parseSelector(selector: LabelSelector | undefined): Selector | undefined {
  try {
    return selectorFrom(selector)
  } catch (error) {
    if (error instanceof ParseError) return undefined
    throw error
  }
}

/** Pods made from the template must be selected. */
export function validateTemplateIsSelected(
  { metadata }: PodTemplateSpec,
  selector: Selector,
  path: string,
): FieldError[] {
  if (selectsEverything(selector) || matches(selector, metadata.labels)) return NONE
  const text = '`selector` does not match template `labels`'
  return [invalid(`${path}.metadata.labels`, metadata.labels ?? null, text)]
}

/** Checks a template whose Pods run forever. */
export function validateEternalTemplate(
  template: PodTemplateSpec,
  path: string,
  kind: string,
): FieldError[] {
  return [...validatePodTemplateSpec(template, path), ...validateRunsForever(template, path, kind)]
}

export function validateRunsForever(
  { spec }: PodTemplateSpec,
  path: string,
  kind: string,
): FieldError[] {
  const text = `activeDeadlineSeconds in ${kind} is not Supported`
  return [
    ...(spec.restartPolicy === 'Always'
      ? NONE
      : [unsupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always'])]),
    ...(spec.activeDeadlineSeconds === undefined
      ? NONE
      : [forbidden(`${path}.spec.activeDeadlineSeconds`, text)]),
  ]
}

interface ReplicaCounts {
  readonly replicas?: number
  readonly fullyLabeledReplicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly terminatingReplicas?: number
  readonly observedGeneration?: number
}

const REPLICA_COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'terminatingReplicas',
  'observedGeneration',
] as const

/** The counts in the status of a ReplicaSet or ReplicationController. */
export function validateReplicaCounts(status: ReplicaCounts): FieldError[] {
  return [
    ...REPLICA_COUNTS.flatMap((field) => nonNegative(status[field], `status.${field}`)),
    ...validateReplicaOrder(status, 'fullyLabeledReplicas'),
  ]
}

/** No count exceeds that of all replicas, and none is available that is not ready. */
export function validateReplicaOrder<T extends ReplicaCounts>(
  status: T,
  field: keyof T & string,
): FieldError[] {
  const fields = [field, 'readyReplicas', 'availableReplicas'] as const
  return [
    ...validateAtMost(status, fields, 'replicas', 'status'),
    ...validateAtMost(
      status,
      ['availableReplicas'],
      'readyReplicas',
      'status',
      'cannot be greater than readyReplicas',
    ),
  ]
}

/** Each of these numbers may be at most another one. */
export function validateAtMost<T extends object>(
  status: T,
  fields: readonly (keyof T & string)[],
  most: keyof T & string,
  path: string,
  text = `cannot be greater than status.${most}`,
): FieldError[] {
  const limit = numberAt(status, most)
  return fields
    .filter((field) => numberAt(status, field) > limit)
    .map((field) => invalid(`${path}.${field}`, numberAt(status, field), text))
}

function numberAt<T extends object>(object: T, field: keyof T): number {
  return (object[field] as number | undefined) ?? 0
}
