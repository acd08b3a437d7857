import type { PodSpec } from '../../api/core/v1/pod-spec.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { RuntimeContainer, RuntimePod, RuntimeSandbox } from '../runtime/runtime-pod.ts'
import type { FailedProbe, PodPlan, PodView } from './plan-types.ts'

export const NOW_MS = Date.parse('2026-01-01T00:10:00Z')

/** A container by its name, with whatever else it has. */
export type ContainerLike = { readonly name: string } & Readonly<Record<string, unknown>>

/** A Pod as it is stored, of containers by name. */
export function planned(
  containers: readonly (string | ContainerLike)[],
  {
    metadata = {},
    spec = {},
    status = {},
  }: {
    readonly metadata?: Partial<Pod['metadata']>
    readonly spec?: Readonly<Record<string, unknown>>
    readonly status?: Partial<Pod['status']>
  } = {},
): Pod {
  const full = (each: string | ContainerLike) => ({
    image: 'image',
    resources: {},
    ...(typeof each === 'string' ? { name: each } : each),
  })
  const init = (spec['initContainers'] ?? []) as readonly (string | ContainerLike)[]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'pod',
      namespace: 'default',
      uid: 'uid',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 1,
      ...metadata,
    },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      securityContext: {},
      dnsPolicy: 'ClusterFirst',
      ...spec,
      containers: containers.map(full),
      ...(init.length > 0 && { initContainers: init.map(full) }),
    } as unknown as PodSpec,
    status: { phase: 'Pending', ...status },
  }
}

export function sandbox(more: Partial<RuntimeSandbox> = {}): RuntimeSandbox {
  const base = { id: 's0', attempt: 0, ready: true, createdAtMs: NOW_MS - 60_000 }
  return { ...base, ips: ['10.0.0.5'], hostNetwork: false, ...more }
}

/** A run of a container: `run('main')` runs, `run('main', 3)` ended with 3 a minute ago. */
export function run(
  name: string,
  exitCode?: number,
  more: Partial<RuntimeContainer> = {},
): RuntimeContainer {
  const ended = exitCode !== undefined
  return {
    name,
    id: `${name}-id`,
    sandboxId: 's0',
    attempt: 0,
    state: ended ? 'exited' : 'running',
    createdAtMs: NOW_MS - 60_000,
    startedAtMs: NOW_MS - 60_000,
    finishedAtMs: ended ? NOW_MS - 30_000 : 0,
    exitCode: exitCode ?? 0,
    reason: '',
    message: '',
    image: 'image',
    imageRef: 'sha256:1',
    logPath: '',
    hash: '',
    annotations: {},
    ...more,
  }
}

export function runtimePod(
  sandboxes: readonly RuntimeSandbox[],
  ...containers: readonly RuntimeContainer[]
): RuntimePod {
  return { sandboxes, containers }
}

/** What a plan is made from; nothing waits, and all that runs has started. */
export function viewOf(pod: Pod, runtime: RuntimePod, more: Partial<PodView> = {}): PodView {
  return {
    pod,
    runtime,
    removed: false,
    nowMs: NOW_MS,
    backoff: { waiting: () => undefined },
    retryAtMs: new Map(),
    failedProbe: (): FailedProbe | undefined => undefined,
    isStarted: () => true,
    resourcesOf: () => undefined,
    resizeRefusal: () => undefined,
    starting: false,
    ...more,
  }
}

/** A plan in short: `sandbox 1`, `start a`, `kill a 30 [b]`, `stop s0`, `finish`. */
export function short(plan: PodPlan): readonly string[] {
  return [
    ...plan.kill.map(
      ({ run: { name }, graceSeconds, after }) =>
        `kill ${name} ${graceSeconds}${after.length > 0 ? ` [${after.join(' ')}]` : ''}`,
    ),
    ...plan.stopSandboxes.map((id) => `stop ${id}`),
    ...(plan.createSandbox ? [`sandbox ${plan.createSandbox.attempt}`] : []),
    ...plan.start.map(({ container, kind }) => `start ${kind} ${container.name}`),
    ...plan.resize.map(({ container }) => `resize ${container.name}`),
    ...[...plan.backOff.keys()].map((name) => `wait ${name}`),
    ...(plan.finish ? ['finish'] : []),
  ]
}
