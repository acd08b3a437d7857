import { matches } from '../../../apimachinery/labels.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { changeField, withFields, withMissing } from '../../change.ts'
import { parseSelector } from '../../core/v1/template-validation.ts'
import { NONE } from '../../validation/rules.ts'
import type { JobSpec } from './common.ts'
import type { Job } from './job.ts'

const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid'
const JOB_NAME = 'batch.kubernetes.io/job-name'
// Without a domain for clients that are older than it.
const LEGACY_CONTROLLER_UID = 'controller-uid'
const LEGACY_JOB_NAME = 'job-name'

/** Makes the Pods of a Job carry its name and uid, and select them by the uid, unless the client sees to that itself. */
export function withGeneratedSelector(job: Job): Job {
  if (job.spec.manualSelector) return job
  const uid = job.metadata.uid || ''
  const labels = generatedLabels(job)
  return changeField(job, 'spec', (spec) =>
    withFields(spec, {
      selector: {
        ...spec.selector,
        matchLabels: withMissing(spec.selector?.matchLabels, { [CONTROLLER_UID]: uid }),
      },
      template: withFields(spec.template, {
        metadata: withFields(spec.template.metadata, {
          labels: withMissing(spec.template.metadata.labels, labels),
        }),
      }),
    }),
  )
}

function generatedLabels({ metadata }: Job): Record<string, string> {
  const [name, uid] = [metadata.name || '', metadata.uid || '']
  return {
    [LEGACY_CONTROLLER_UID]: uid,
    [LEGACY_JOB_NAME]: name,
    [CONTROLLER_UID]: uid,
    [JOB_NAME]: name,
  }
}

/** Whether the Pods of a Job carry the labels that Jobs have given them since 1.27. */
export function hasPrefixedLabels({ template }: JobSpec): boolean {
  const { labels = {} } = template.metadata
  return labels[CONTROLLER_UID] !== undefined && labels[JOB_NAME] !== undefined
}

/** Checks that selector and labels are what they are generated as. */
export function validateGeneratedSelector(job: Job, arePrefixed: boolean): FieldError[] {
  const { metadata, spec } = job
  const selector = parseSelector(spec.selector)
  if (spec.manualSelector || !spec.selector) return NONE
  const expected = Object.entries(generatedLabels(job)).filter(
    ([key]) => arePrefixed || !key.includes('/'),
  )
  const isOwn = !selector || matches(selector, Object.fromEntries(expected))
  return [
    ...(metadata.uid ? NONE : [required('metadata.uid')]),
    ...expected.flatMap(([key, value]) => validateLabel(spec, key, value)),
    ...(isOwn ? NONE : [invalid('spec.selector', spec.selector, '`selector` not auto-generated')]),
  ]
}

function validateLabel({ template }: JobSpec, key: string, expected: string): FieldError[] {
  const { labels = {} } = template.metadata
  const path = `spec.template.metadata.labels[${key}]`
  if (labels[key] === undefined) return [required(path, `must be '${expected}'`)]
  return labels[key] === expected ? NONE : [invalid(path, labels, `must be '${expected}'`)]
}
