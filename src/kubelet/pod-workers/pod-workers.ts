import type { Pod } from '../../api/core/v1/pod.ts'
import type { Informer } from '../../client/informer.ts'
import { isNotFound } from '../../grpc/errors.ts'
import type { Container, PodSandbox, RuntimeEvent } from '../cri/types.ts'
import type { DirectoryContainer, DirectoryPod, PodDirectory } from '../pod-directory.ts'
import { ANNOTATIONS, LABELS } from '../runtime/labels.ts'
import { runsOf, type RuntimeContainer } from '../runtime/runtime-pod.ts'
import type { PodSource } from '../static-pods/pod-source.ts'
import { fullName, isMirrorPod, isStaticPod } from '../static-pods/static-pod.ts'
import type { Ending, PodFailure } from './plan-types.ts'
import { startPodWorker, type PodWorker } from './pod-worker.ts'
import { retries } from './retries.ts'
import type { WorkerContext } from './worker-context.ts'

/** The Pods of the node's own files, and what shows them in the API. */
export interface StaticPods {
  readonly source: PodSource
  readonly mirror: (pod: Pod) => Pod | undefined
}

/** The workers of all Pods on the node. Disposing it leaves the containers running. */
export interface PodWorkers extends PodDirectory, AsyncDisposable {
  /** Ends a Pod for good; undefined where there is none that goes on. */
  fail(uid: string, failure: PodFailure): Ending | undefined
  /** The API shows a static Pod anew: its status is to be told. */
  touch(uid: string): void
  /** Takes in what the runtime tells. */
  observe(event: RuntimeEvent): void
}

/**
 * Begins to look after the node's Pods, as the informer has them, which must be synced: what runs already is taken
 * over, and what belongs to no Pod any more is stopped and removed.
 */
export function startPodWorkers(
  context: WorkerContext,
  informer: Informer<Pod>,
  statics?: StaticPods,
): PodWorkers {
  const workers = new Map<string, PodWorker>()
  const bySandbox = new Map<string, string>() // Pod uid by sandbox.
  const watchers = new Map<string, Set<() => void>>()
  const next = new Map<string, Pod>() // Static Pods whose predecessor of the same name has not ended yet.
  const abort = new AbortController()
  /** Those that another agent may have started: what comes later, the runtime cannot know. */
  const inherited = new Set(informer.cache.list().map(({ metadata }) => metadata.uid))

  const changed = (uid: string): void => {
    const worker = workers.get(uid)
    for (const { id } of worker?.runtime.sandboxes ?? []) bySandbox.set(id, uid)
    for (const watcher of watchers.get(uid) ?? []) watcher()
  }
  const begin = (pod: Pod): void => {
    const uid = pod.metadata.uid
    const known = workers.get(uid)
    if (known) return known.update(pod)
    const isStatic = isStaticPod(pod)
    if (isStatic && [...workers.values()].some((each) => fullName(each.pod) === fullName(pod)))
      return void next.set(fullName(pod), pod)
    const worker = startPodWorker({
      context,
      pod,
      isNew: !isStatic && !inherited.has(uid),
      changed: () => changed(uid),
      gone() {
        for (const [sandbox, owner] of bySandbox) if (owner === uid) bySandbox.delete(sandbox)
        workers.delete(uid)
        changed(uid)
        const successor = next.get(fullName(pod))
        next.delete(fullName(pod))
        if (successor) begin(successor)
      },
      ...(isStatic && { mirror: () => statics?.mirror(pod) }),
    })
    workers.set(uid, worker)
  }
  const end = (pod: Pod): void => {
    if (next.get(fullName(pod))?.metadata.uid === pod.metadata.uid) next.delete(fullName(pod))
    workers.get(pod.metadata.uid)?.update(undefined)
  }
  // What the API shows of static Pods decides nothing.
  const unlessMirror =
    (handle: (pod: Pod) => void) =>
    (pod: Pod): void => {
      if (!isMirrorPod(pod)) handle(pod)
    }
  const subscriptions = [
    informer.subscribe({
      add: unlessMirror(begin),
      update: unlessMirror(begin),
      delete: unlessMirror(end),
    }),
    ...(statics ? [statics.source.subscribe({ add: begin, update: begin, delete: end })] : []),
  ]
  const cleaning = removeOrphans(context, (uid) => workers.has(uid), abort.signal).catch(
    (error: unknown) => {
      if (!abort.signal.aborted) context.logger.warn('Cannot remove what no Pod has', { error })
    },
  )

  return {
    observe(event) {
      if (event.type === 'gap') return workers.forEach((worker) => worker.touch())
      const uid = bySandbox.get(event.sandboxId)
      if (uid !== undefined) workers.get(uid)?.touch()
      // A sandbox that is being made, or was made before we came.
      else if (event.type !== 'deleted') workers.forEach((worker) => worker.touchIfNew())
    },
    find(namespace, name, uid) {
      for (const worker of workers.values()) {
        const { metadata } = worker.pod
        if (metadata.name !== name || metadata.namespace !== namespace) continue
        if (uid === undefined || metadata.uid === uid) return directoryPod(worker, context)
      }
      return undefined
    },
    fail: (uid, failure) => workers.get(uid)?.fail(failure),
    touch: (uid) => workers.get(uid)?.touch(),
    list: () => [...workers.values()].map((worker) => directoryPod(worker, context)),
    onChange(uid, callback) {
      const set = watchers.get(uid) ?? new Set()
      watchers.set(uid, set.add(callback))
      return {
        [Symbol.dispose]() {
          set.delete(callback)
          if (set.size === 0) watchers.delete(uid)
        },
      }
    },
    async [Symbol.asyncDispose]() {
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
      abort.abort(new Error('The node agent stops'))
      await Promise.all([...workers.values()].map((worker) => worker[Symbol.asyncDispose]()))
      await cleaning
    },
  }
}

function directoryPod(worker: PodWorker, { hostIPs }: WorkerContext): DirectoryPod {
  const { pod, runtime } = worker
  const [sandbox] = runtime.sandboxes
  return {
    pod,
    sandboxId: sandbox?.id,
    podIPs: pod.spec.hostNetwork ? hostIPs : (sandbox?.ips ?? []),
    containers: () =>
      [...new Map(runtime.containers.toReversed().map((run) => [run.name, run])).values()].map(
        directoryContainer,
      ),
    container: (name) => optionalContainer(runsOf(runtime, name)[0]),
    previousContainer: (name) => optionalContainer(runsOf(runtime, name)[1]),
  }
}

function optionalContainer(run: RuntimeContainer | undefined): DirectoryContainer | undefined {
  return run && directoryContainer(run)
}

function directoryContainer(run: RuntimeContainer): DirectoryContainer {
  const { name, id, attempt, state, startedAtMs, logPath } = run
  return { name, id, attempt, state, startedAtMs, logPath }
}

/** Stops and removes sandboxes, volumes and files of Pods that are gone. */
async function removeOrphans(
  context: WorkerContext,
  isKnown: (uid: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { runtime, volumes, files } = context
  const [sandboxes, containers, onDisk, mounted] = await Promise.all([
    runtime.listPodSandbox({}, { signal }),
    runtime.listContainers({}, { signal }),
    files.podUids(),
    volumes.orphans(),
  ])
  const lost = sandboxes.filter(({ labels }) => isLost(labels, isKnown))
  await Promise.all(
    lost.map(async (sandbox) => {
      const own = containers.filter(({ podSandboxId }) => podSandboxId === sandbox.id)
      await removeSandbox(context, sandbox, own, signal)
    }),
  )
  for (const given of [context.topology, context.dra, context.users])
    for (const uid of given.holders()) if (!isKnown(uid)) await given.release(uid)
  const identities = new Map(
    lost.map(({ labels }) => [labels[LABELS.podUid]!, identity(labels)] as const),
  )
  // A volume may have to wait for its driver, and no other for that one.
  const tries = retries({ ...context, signal })
  const remove = async (uid: string): Promise<void> => {
    await volumes.tearDown(uid)
    await context.cgroups.remove(uid)
    await files.remove(identities.get(uid) ?? { uid, namespace: '', name: '' })
  }
  const surely = async (uid: string): Promise<void> => {
    while (!signal.aborted && !(await tries.attempt(uid, () => remove(uid)))) continue
  }
  const unknown = [...onDisk, ...mounted].filter((uid) => !isKnown(uid))
  await Promise.all([...new Set([...unknown, ...identities.keys()])].map(surely))
}

// Sandboxes without our labels are somebody else's.
function isLost(
  labels: Readonly<Record<string, string>>,
  isKnown: (uid: string) => boolean,
): boolean {
  const uid = labels[LABELS.podUid]
  return uid !== undefined && !isKnown(uid)
}

async function removeSandbox(
  { runtime }: WorkerContext,
  sandbox: PodSandbox,
  containers: readonly Container[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    containers.map(async ({ id, annotations, state }) => {
      const grace = Number(
        annotations[ANNOTATIONS.podDeletionGracePeriod] ??
          annotations[ANNOTATIONS.podGracePeriod] ??
          30,
      )
      if (state === 'CONTAINER_RUNNING')
        await runtime.stopContainer(id, Math.max(2, grace), { signal }).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
    }),
  )
  await runtime.stopPodSandbox(sandbox.id, { signal })
  await runtime.removePodSandbox(sandbox.id, { signal })
}

function identity(labels: Readonly<Record<string, string>>) {
  return {
    uid: labels[LABELS.podUid]!,
    namespace: labels[LABELS.podNamespace] ?? '',
    name: labels[LABELS.podName] ?? '',
  }
}
