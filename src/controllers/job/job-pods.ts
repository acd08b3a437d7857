import type { Job } from '../../api/batch/v1/job.ts'
import type { Container } from '../../api/core/v1/container.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Input } from '../../schema/message.ts'
import { podFrom } from '../common/pod-from-template.ts'
import type { IndexFailures } from './index-failures.ts'
import { COMPLETION_INDEX, INDEX_FAILURE_COUNT, INDEX_IGNORED_FAILURE_COUNT } from './indexes.ts'

/** Keeps a Pod that has ended until the Job has counted it. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking'

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX'
const NAME_MAX = 63

/** A Pod of a Job that tells Pods apart by nothing. */
export function plainPod(job: Job): Input<Pod> {
  return tracked(podFrom(job, job.spec.template))
}

/** A Pod for an index, which its containers find in their environment, and others by its hostname. */
export function indexedPod(
  job: Job,
  index: number,
  failures: IndexFailures | undefined,
): Input<Pod> {
  const pod = tracked(podFrom(job, job.spec.template))
  const { spec } = job.spec.template
  const metadata = pod.metadata ?? {}
  return {
    metadata: {
      ...metadata,
      generateName: `${truncate(job.metadata.name, index)}-`,
      labels: { ...metadata.labels, [COMPLETION_INDEX]: String(index) },
      annotations: {
        ...metadata.annotations,
        [COMPLETION_INDEX]: String(index),
        ...(failures && failureAnnotations(failures)),
      },
    },
    spec: {
      ...spec,
      hostname: truncate(job.metadata.name, index),
      containers: spec.containers.map(withIndex),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(withIndex) }),
    },
  }
}

function failureAnnotations({ counted, ignored }: IndexFailures): Readonly<Record<string, string>> {
  return {
    [INDEX_FAILURE_COUNT]: String(counted),
    ...(ignored > 0 && { [INDEX_IGNORED_FAILURE_COUNT]: String(ignored) }),
  }
}

function tracked({ metadata, ...pod }: Input<Pod>): Input<Pod> {
  const finalizers = [...(metadata?.finalizers ?? []), TRACKING_FINALIZER]
  return { ...pod, metadata: { ...metadata, finalizers } }
}

function truncate(name: string, index: number): string {
  const suffix = `-${index}`
  return name.slice(0, NAME_MAX - suffix.length) + suffix
}

function withIndex(container: Container): Container {
  const { env = [] } = container
  if (env.some(({ name }) => name === INDEX_VARIABLE)) return container
  const fieldPath = `metadata.labels['${COMPLETION_INDEX}']`
  return {
    ...container,
    env: [
      ...env,
      { name: INDEX_VARIABLE, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } },
    ],
  }
}
