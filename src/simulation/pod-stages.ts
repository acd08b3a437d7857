import type { Pod } from '../api/core/v1/pod.ts'

/** What a simulated node knows when it moves a Pod on. */
export interface StageContext {
  readonly nodeAddress: string
  /** An address for the Pod. */
  readonly podAddress: string
  /** RFC 3339, UTC. */
  readonly now: string
}

type PodStatus = Pod['status']

/**
 * One step in a simulated Pod's life: which Pods take it, after how long, and what becomes of them. The first stage
 * that selects a Pod is the one it takes; a Pod that none selects stays as it is.
 */
export interface PodStage {
  readonly name: string
  selects(pod: Pod): boolean
  readonly delayMs: number
  /** How much longer it may take, at random. */
  readonly jitterMs: number
  /** The status to write, or that the Pod is to be removed. */
  next(pod: Pod, context: StageContext): PodStatus | 'remove'
}

/** Pods start, Jobs' Pods complete, deleted Pods go: the life of a Pod that has no troubles. */
export const FAST_STAGES: readonly PodStage[] = [
  {
    name: 'remove',
    selects: ({ metadata }) => metadata.deletionTimestamp !== undefined,
    delayMs: 0,
    jitterMs: 0,
    next: () => 'remove',
  },
  {
    name: 'run',
    selects: ({ status }) => status.phase === 'Pending' && status.podIP === undefined,
    delayMs: 0,
    jitterMs: 0,
    next: running,
  },
  {
    // The control plane takes the Pods of a node that it does not hear of for unready; the node knows better.
    name: 'report',
    selects: (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      pod.status.phase === 'Running' &&
      (pod.spec.readinessGates ?? []).length === 0 &&
      !holds(pod, 'Ready') &&
      holds(pod, 'ContainersReady'),
    delayMs: 0,
    jitterMs: 0,
    next: (pod, { now }) => ({ ...pod.status, conditions: conditions(pod, now, 'True') }),
  },
  {
    name: 'complete',
    selects: ({ metadata, status }) =>
      status.phase === 'Running' &&
      (metadata.ownerReferences ?? []).some(({ kind }) => kind === 'Job'),
    delayMs: 1000,
    jitterMs: 1000,
    next: completed,
  },
]

function holds({ status }: Pod, condition: string): boolean {
  return (status.conditions ?? []).some(
    ({ type, status: is }) => type === condition && is === 'True',
  )
}

function running(pod: Pod, context: StageContext): PodStatus {
  const { now, nodeAddress, podAddress } = context
  const address = pod.spec.hostNetwork === true ? nodeAddress : podAddress
  return {
    ...pod.status,
    phase: 'Running',
    conditions: conditions(pod, now, 'True'),
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: now,
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image: image ?? '',
      imageID: `simulated://${image ?? ''}`,
      containerID: `simulated://${pod.metadata.uid}/${name}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
      lastState: {},
    })),
    initContainerStatuses: (pod.spec.initContainers ?? []).map(
      ({ name, image, restartPolicy }) => ({
        name,
        image: image ?? '',
        imageID: `simulated://${image ?? ''}`,
        containerID: `simulated://${pod.metadata.uid}/${name}`,
        ready: true,
        started: restartPolicy === 'Always',
        restartCount: 0,
        state:
          restartPolicy === 'Always'
            ? { running: { startedAt: now } }
            : { terminated: terminated(now, now) },
        lastState: {},
      }),
    ),
  }
}

function completed(pod: Pod, { now }: StageContext): PodStatus {
  return {
    ...pod.status,
    phase: 'Succeeded',
    conditions: conditions(pod, now, 'False'),
    containerStatuses: (pod.status.containerStatuses ?? []).map((each) => ({
      ...each,
      ready: false,
      started: false,
      state: { terminated: terminated(each.state.running?.startedAt ?? now, now) },
    })),
  }
}

function terminated(startedAt: string, finishedAt: string) {
  return { exitCode: 0, reason: 'Completed', startedAt, finishedAt }
}

const OURS = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady']

/** Conditions of others (PodScheduled, readiness gates) stay as they are. */
function conditions(
  pod: Pod,
  now: string,
  ready: 'True' | 'False',
): NonNullable<PodStatus['conditions']> {
  const before = pod.status.conditions ?? []
  const others = before.filter(({ type }) => !OURS.includes(type))
  const ours = OURS.map((type) => {
    const status = type === 'Initialized' ? 'True' : ready
    const reason =
      ready === 'False' && type !== 'PodReadyToStartContainers' ? { reason: 'PodCompleted' } : {}
    const old = before.find((each) => each.type === type)
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now
    return { type, status, lastTransitionTime, ...reason }
  })
  return [...others, ...ours]
}
