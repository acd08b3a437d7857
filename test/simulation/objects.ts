import type { Input } from '../../src/schema/message.ts'
import type { CronJob } from '../../src/api/batch/v1/cron-job.ts'
import type { Job } from '../../src/api/batch/v1/job.ts'
import type { DaemonSet } from '../../src/api/apps/v1/daemon-set.ts'
import type { Deployment } from '../../src/api/apps/v1/deployment.ts'
import type { StatefulSet } from '../../src/api/apps/v1/stateful-set.ts'
import type { PodDisruptionBudget } from '../../src/api/policy/v1/pod-disruption-budget.ts'

export interface Named {
  readonly namespace: string
  readonly name: string
}

const REQUESTS = { cpu: '500m', memory: '64Mi' }

function workload({ namespace, name }: Named, version: number) {
  const labels = { app: name }
  return {
    metadata: { namespace, name },
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          { name: 'main', image: `example:${version}`, resources: { requests: REQUESTS } },
        ],
      },
    },
  }
}

export function deployment(
  key: Named,
  replicas: number,
  maxSurge: number,
  maxUnavailable: number,
): Input<Deployment> {
  const { metadata, selector, template } = workload(key, 1)
  const rollingUpdate = { maxSurge, maxUnavailable }
  return {
    metadata,
    spec: { replicas, selector, template, strategy: { type: 'RollingUpdate', rollingUpdate } },
  }
}

export function statefulSet(key: Named, replicas: number, parallel: boolean): Input<StatefulSet> {
  const { metadata, selector, template } = workload(key, 1)
  const podManagementPolicy = parallel ? 'Parallel' : 'OrderedReady'
  return {
    metadata,
    spec: { replicas, selector, template, serviceName: key.name, podManagementPolicy },
  }
}

export function daemonSet(key: Named): Input<DaemonSet> {
  const { metadata, selector, template } = workload(key, 1)
  return { metadata, spec: { selector, template } }
}

export function job(key: Named, completions: number, parallelism: number): Input<Job> {
  const { metadata, template } = workload(key, 1)
  const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' as const } }
  return { metadata, spec: { completions, parallelism, backoffLimit: 100, template: once } }
}

export function cronJob(key: Named): Input<CronJob> {
  const { metadata, spec } = job(key, 1, 1)
  return {
    metadata: metadata!,
    spec: {
      schedule: '*/2 * * * *',
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: spec! },
    },
  }
}

export function budget(key: Named, maxUnavailable: number): Input<PodDisruptionBudget> {
  const { metadata, selector } = workload(key, 1)
  return { metadata, spec: { maxUnavailable, selector } }
}
