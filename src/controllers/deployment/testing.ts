import type { Deployment } from '../../api/apps/v1/deployment.ts'
import type { ReplicaSet } from '../../api/apps/v1/replica-set.ts'
import { DESIRED_REPLICAS, MAX_REPLICAS } from './revisions.ts'

/** A stored Deployment of 10 Pods, with changes of its spec and status. */
export function storedDeployment(
  spec: Partial<Deployment['spec']> = {},
  status: Deployment['status'] = {},
): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'web-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 1,
    },
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } as never },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
      },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status,
  }
}

export interface StoredReplicaSet {
  readonly replicas: number
  readonly available?: number
  /** As many as it wants, where absent. */
  readonly actual?: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly age?: number
}

/** A stored ReplicaSet of that Deployment; the higher its age, the older it is. */
export function storedReplicaSet(
  name: string,
  { replicas, available = 0, actual = replicas, annotations = {}, age = 0 }: StoredReplicaSet,
): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      uid: `${name}-uid`,
      resourceVersion: '1',
      creationTimestamp: new Date(Date.UTC(2026, 0, 1) - age * 1000).toISOString(),
      annotations,
    },
    spec: {
      replicas,
      selector: {},
      template: { metadata: {}, spec: { containers: [] } as never },
    },
    status: {
      replicas: actual,
      ...(available > 0 && { availableReplicas: available, readyReplicas: available }),
    },
  }
}

/** What a ReplicaSet notes of the size of its Deployment. */
export function noted(desired: number, max: number): Readonly<Record<string, string>> {
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) }
}
