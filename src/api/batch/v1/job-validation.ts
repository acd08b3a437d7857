import { validateLabelSelector } from '../../../apimachinery/label-validation.ts'
import { matches } from '../../../apimachinery/labels.ts'
import { dns1123LabelProblems } from '../../../apimachinery/names.ts'
import {
  invalid,
  required,
  tooLong,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { validatePodTemplateSpec } from '../../core/v1/pod-validation.ts'
import { parseSelector } from '../../core/v1/template-validation.ts'
import { validateDomainPrefixedPath } from '../../validation/domain-prefixed-path.ts'
import { ifSet, NONE, nonNegative, oneOf } from '../../validation/rules.ts'
import type { JobSpec } from './common.ts'
import { isIndexed } from './job-conditions.ts'
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policy-validation.ts'
import { validateGeneratedSelector } from './job-selector.ts'
import type { Job } from './job.ts'

const MANAGED_BY_MAX = 63
/** Indexes are listed in the status, which has to fit into one object. */
const PARALLELISM_MAX = 100_000
const FAILED_INDEXES_MAX = 100_000
const MANY_COMPLETIONS = 100_000
const PARALLELISM_MAX_OF_MANY = 10_000
const FAILED_INDEXES_MAX_OF_MANY = 10_000

/** Checks a Job. `arePrefixed`: the labels with a domain must be there too. */
export function validateJob(job: Job, arePrefixed: boolean): FieldError[] {
  const { spec } = job
  const path = 'spec'
  const selector = parseSelector(spec.selector)
  const { labels } = spec.template.metadata
  const text = '`selector` does not match template `labels`'
  return [
    ...validateGeneratedSelector(job, arePrefixed),
    ...validateJobSpec(spec, path),
    ...(spec.selector
      ? validateLabelSelector(spec.selector, `${path}.selector`)
      : [required(`${path}.selector`)]),
    ...(selector && !matches(selector, labels)
      ? [invalid(`${path}.template.metadata.labels`, labels ?? null, text)]
      : NONE),
    ...validateHostnames(job),
  ]
}

// The hostname of a Pod of an Indexed Job ends with its index.
function validateHostnames(job: Job): FieldError[] {
  const { completions = 0 } = job.spec
  const { name } = job.metadata
  if (!isIndexed(job) || completions <= 0) return NONE
  const longest = `${name}-${completions - 1}`
  const text = `will not able to create pod with invalid DNS label: ${longest}`
  return dns1123LabelProblems(longest).length > 0 ? [invalid('metadata.name', name, text)] : NONE
}

/** What Jobs and the templates of CronJobs have in common. */
export function validateJobSpec(spec: JobSpec, path: string): FieldError[] {
  return [
    ...NUMBERS.flatMap((field) => nonNegative(spec[field], `${path}.${field}`)),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')]
      : NONE),
    ...ifSet(spec.managedBy, (manager) => validateManager(manager, `${path}.managedBy`)),
    ...oneOf(spec.completionMode, ['NonIndexed', 'Indexed'], `${path}.completionMode`),
    ...(spec.completionMode === 'Indexed'
      ? validateIndexed(spec, path)
      : spec.completionMode === undefined || spec.completionMode === 'NonIndexed'
        ? validateNotIndexed(spec, path)
        : NONE),
    ...validatePodFailurePolicy(spec, `${path}.podFailurePolicy`),
    ...validateSuccessPolicy(spec, `${path}.successPolicy`),
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...validatePodTemplateSpec(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ]
}

const NUMBERS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const

function validateManager(manager: string, path: string): FieldError[] {
  return [
    ...validateDomainPrefixedPath(manager, path),
    ...(manager.length > MANAGED_BY_MAX ? [tooLong(path, MANAGED_BY_MAX)] : NONE),
  ]
}

function validateIndexed(spec: JobSpec, path: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: failed } = spec
  const [atParallelism, atFailed] = [`${path}.parallelism`, `${path}.maxFailedIndexes`]
  const of = 'when completion mode is Indexed'
  return [
    ...(completions === undefined ? [required(`${path}.completions`, of)] : NONE),
    ...atMost(parallelism, PARALLELISM_MAX, atParallelism, ` ${of}`),
    ...(completions !== undefined && failed !== undefined && failed > completions
      ? [invalid(atFailed, failed, 'must be less than or equal to completions')]
      : NONE),
    ...atMost(failed ?? 0, FAILED_INDEXES_MAX, atFailed),
    ...((completions ?? 0) > MANY_COMPLETIONS && spec.backoffLimitPerIndex !== undefined
      ? validateManyIndexes(spec, path)
      : NONE),
  ]
}

function validateManyIndexes(spec: JobSpec, path: string): FieldError[] {
  const { parallelism = 0, maxFailedIndexes: failed } = spec
  const at = `${path}.maxFailedIndexes`
  const of = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`
  const text = `must be specified when completions is above ${MANY_COMPLETIONS}`
  return [
    ...(failed === undefined ? [required(at, text)] : NONE),
    ...atMost(parallelism, PARALLELISM_MAX_OF_MANY, `${path}.parallelism`, of),
    ...atMost(failed ?? 0, FAILED_INDEXES_MAX_OF_MANY, at, of),
  ]
}

function atMost(value: number, max: number, path: string, when = ''): FieldError[] {
  return value > max ? [invalid(path, value, `must be less than or equal to ${max}${when}`)] : NONE
}

function validateNotIndexed(spec: JobSpec, path: string): FieldError[] {
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
    .filter((field) => spec[field] !== undefined)
    .map((field) => invalid(`${path}.${field}`, spec[field], 'requires indexed completion mode'))
}

function validateReplacement(spec: JobSpec, path: string): FieldError[] {
  const allowed = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  return oneOf(spec.podReplacementPolicy, allowed, path)
}

function validateRestartPolicy({ podFailurePolicy, template }: JobSpec, path: string) {
  const { restartPolicy } = template.spec
  const values = ['OnFailure', 'Never']
  // Always is the default of Pods: most likely nothing was said.
  if (!restartPolicy || restartPolicy === 'Always')
    return [required(path, 'valid values: "OnFailure", "Never"')]
  if (!values.includes(restartPolicy)) return [unsupported(path, restartPolicy, values)]
  return podFailurePolicy && restartPolicy !== 'Never'
    ? [invalid(path, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')]
    : NONE
}

/** Texts for clients about the spec of a Job. */
export function jobSpecWarnings(spec: JobSpec, path: string): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = spec
  const areTooMany =
    completionMode === 'Indexed' &&
    completions > MANY_COMPLETIONS &&
    parallelism > PARALLELISM_MAX_OF_MANY
  return areTooMany
    ? [
        `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, a Kubernetes control plane might not be able to track completedIndexes correctly`,
      ]
    : []
}
