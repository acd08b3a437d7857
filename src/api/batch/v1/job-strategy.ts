import { invalid, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withField, withFields } from '../../change.ts'
import { PodTemplateSpec } from '../../core/v1/common.ts'
import type { Container } from '../../core/v1/container.ts'
import { defaultPodTemplate } from '../../core/v1/pod-defaults.ts'
import type { PodSpec } from '../../core/v1/pod-spec.ts'
import { podTemplateWarnings } from '../../core/v1/pod-warnings.ts'
import { podNameWarnings } from '../../core/v1/replication-controller-strategy.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { preparation, statusStrategy } from '../../spec-and-status.ts'
import type { Strategy } from '../../strategy.ts'
import { IMMUTABLE, immutable, MAX_INT32, NONE } from '../../validation/rules.ts'
import type { JobSpec } from './common.ts'
import { isIndexed } from './job-conditions.ts'
import { hasPrefixedLabels, withGeneratedSelector } from './job-selector.ts'
import { validateJobStatusUpdate } from './job-status-validation.ts'
import { jobSpecWarnings, validateJob } from './job-validation.ts'
import { Job } from './job.ts'

const prepared = preparation(Job)

/** The rules of Jobs (pkg/registry/batch/job/strategy.go). Needs the uid to be there on create. */
export const jobStrategy: Strategy<Job> = {
  applyDefaults: defaultJob,
  prepareForCreate: (job, context) =>
    defaultJob(prepared.prepareForCreate(withGeneratedSelector(job), context)),
  prepareForUpdate: prepared.prepareForUpdate,
  validateCreate: (job) => validateJob(job, true),
  validateUpdate: (job, old) => [
    ...validateJob(job, hasPrefixedLabels(old.spec)),
    ...validateChange(job, old),
  ],
  warnings: ({ metadata, spec }, old) => [
    ...(old ? [] : podNameWarnings(metadata.name)),
    ...jobSpecWarnings(spec, 'spec'),
    ...podTemplateWarnings(spec.template, 'spec.template'),
  ],
  status: statusStrategy(validateJobStatusUpdate),
  selectableFields: { 'status.successful': ({ status }) => String(status.succeeded ?? 0) },
  unknownField: (field) => `field label ${JSON.stringify(field)} not supported for batchv1.Job`,
  // Clients of version 1 have always been served so.
  defaultGarbageCollectionPolicy: 'orphan',
}

const BACKOFF_LIMIT = 6

function defaultJob(job: Job): Job {
  const { metadata } = job
  const { labels } = job.spec.template.metadata
  const hasLabels = Object.keys(metadata.labels ?? {}).length > 0
  const changed = changeField(job, 'spec', defaultSpec)
  return labels && !hasLabels ? { ...changed, metadata: { ...metadata, labels } } : changed
}

function defaultSpec(spec: JobSpec): JobSpec {
  const isSingle = spec.completions === undefined && spec.parallelism === undefined
  const retries = spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : MAX_INT32
  return withFields(spec, {
    completions: isSingle ? 1 : spec.completions,
    parallelism: spec.parallelism ?? 1,
    backoffLimit: spec.backoffLimit ?? retries,
    completionMode: spec.completionMode ?? 'NonIndexed',
    suspend: spec.suspend ?? false,
    manualSelector: spec.manualSelector ?? false,
    podReplacementPolicy:
      spec.podReplacementPolicy ?? (spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'),
    template: defaultPodTemplate(spec.template),
  })
}

function validateChange(job: Job, old: Job): FieldError[] {
  const { spec } = job
  const stays = (field: keyof JobSpec & string): FieldError[] =>
    immutable(spec[field], old.spec[field], `spec.${field}`)
  return [
    ...validateCompletions(job, old),
    ...stays('selector'),
    ...validateTemplateChange(job, old),
    ...stays('completionMode'),
    ...stays('podFailurePolicy'),
    ...stays('backoffLimitPerIndex'),
    ...stays('managedBy'),
    ...stays('successPolicy'),
  ]
}

// An Indexed Job that runs all its indexes at a time may grow and shrink (KEP-3715).
function validateCompletions(job: Job, old: Job): FieldError[] {
  const { completions, parallelism } = job.spec
  const path = 'spec.completions'
  if (!isIndexed(job)) return immutable(completions, old.spec.completions, path)
  const isFine =
    completions === undefined || completions === old.spec.completions || completions === parallelism
  return isFine
    ? NONE
    : [invalid(path, completions, 'can only be modified in tandem with spec.parallelism')]
}

function validateTemplateChange({ spec: { template } }: Job, old: Job): FieldError[] {
  const { suspend } = old.spec
  const isRunning = !suspend || (old.status.active ?? 0) > 0
  const before = isRunning ? old.spec.template : withMutableFields(old.spec.template, template)
  return semanticEqual(PodTemplateSpec, template, before)
    ? NONE
    : [invalid('spec.template', template, IMMUTABLE)]
}

/** What may change while a Job is suspended: where its Pods may run, and what they need (KEP-2926, KEP-5440). */
function withMutableFields(template: PodTemplateSpec, from: PodTemplateSpec): PodTemplateSpec {
  const { metadata, spec } = from
  const { annotations, labels } = metadata
  const { nodeSelector, tolerations, schedulingGates, affinity } = spec
  return withFields(template, {
    metadata: withFields(template.metadata, { annotations, labels }),
    spec: withFields(template.spec, {
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: withNodeAffinity(template.spec.affinity, affinity),
      containers: withResources(template.spec.containers, spec.containers),
      initContainers:
        template.spec.initContainers &&
        withResources(template.spec.initContainers, spec.initContainers ?? []),
    }),
  })
}

type Affinity = PodSpec['affinity']

function withNodeAffinity(affinity: Affinity, from: Affinity): Affinity {
  const changed = withField(affinity ?? {}, 'nodeAffinity', from?.nodeAffinity)
  return !from && Object.keys(changed).length === 0 ? undefined : changed
}

function withResources(
  containers: readonly Container[],
  from: readonly Container[],
): readonly Container[] {
  return containers.map((container, i) =>
    withField(container, 'resources', from[i]?.resources ?? container.resources),
  )
}
