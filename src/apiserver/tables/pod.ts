import type { ContainerStatus } from '../../api/core/v1/common.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isConditionTrue } from '../../api/meta/v1/conditions.ts'
import { NONE } from './cells.ts'
import { AGE, column, NAME, tableFor, wide, type Ages, type TableEntry } from './table.ts'

export const podTable: TableEntry = tableFor<Pod>('', 'Pod', {
  columns: [
    NAME,
    column('Ready', 'How many containers are ready, of how many.'),
    column('Status', 'The phase of the Pod, or what keeps it from getting on.'),
    column('Restarts', 'How often containers were restarted, and when last.'),
    AGE,
    wide('IP', 'The address of the Pod in the cluster network.'),
    wide('Node', 'The node that the Pod is assigned to.'),
    wide('Nominated Node', 'The node where room is being made for the Pod.'),
    wide('Readiness Gates', 'How many conditions that readiness waits for hold, of how many.'),
  ],
  cells: (pod, ages) => {
    const { ready, total, reason, restarts } = summarize(pod, ages)
    const { spec, status, metadata } = pod
    return [
      metadata.name,
      `${ready}/${total}`,
      reason,
      restarts,
      ages.since(metadata.creationTimestamp),
      status.podIPs?.[0]?.ip || NONE,
      spec.nodeName || NONE,
      status.nominatedNodeName || NONE,
      gates(pod),
    ]
  },
  conditions: ({ status }) => COMPLETED.get(status.phase ?? '') ?? [],
})

// A map, since whoever writes a status chooses what is looked up, `constructor` for instance.
const COMPLETED: ReadonlyMap<string, readonly object[]> = new Map([
  ['Succeeded', [completed('Succeeded', 'The pod has completed successfully.')]],
  ['Failed', [completed('Failed', 'The pod failed.')]],
])

function completed(reason: string, message: string): object {
  return { type: 'Completed', status: 'True', reason, message }
}

interface Summary {
  readonly ready: number
  readonly total: number
  readonly reason: string
  readonly restarts: string
}

/** What is most worth knowing of a Pod's containers, in upstream's words. */
function summarize(pod: Pod, ages: Ages): Summary {
  const { spec, status } = pod
  const sidecars = new Set(spec.initContainers?.filter(isSidecar).map(({ name }) => name))
  const init = initState(pod, sidecars)
  const initializing = init.reason !== undefined
  const isInitialized = isConditionTrue(status.conditions, 'Initialized')
  const initStatuses = init.seen
  // Once the Pod runs, what restarted before that is history.
  const main = !initializing || isInitialized ? mainState(pod) : undefined
  const counted = main
    ? [
        ...initStatuses.filter(({ name }) => sidecars.has(name)),
        ...(status.containerStatuses ?? []),
      ]
    : initStatuses
  return {
    ready: init.ready + (main?.ready ?? 0),
    total: spec.containers.length + sidecars.size,
    reason: finalReason(pod, main?.reason ?? init.reason ?? phaseReason(pod)),
    restarts: restartsCell(counted, ages),
  }
}

function phaseReason({ status }: Pod): string {
  const isGated = status.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  )
  if (isGated) return 'SchedulingGated'
  return status.reason || (status.phase ?? '')
}

interface InitState {
  /** What the Pod waits for; undefined when its init containers are done. */
  readonly reason: string | undefined
  readonly ready: number
  /** The init containers up to the one that the Pod waits for. */
  readonly seen: readonly ContainerStatus[]
}

function initState({ spec, status }: Pod, sidecars: ReadonlySet<string>): InitState {
  const statuses = status.initContainerStatuses ?? []
  let ready = 0
  for (const [i, container] of statuses.entries()) {
    const { state, name, started } = container
    if (state.terminated?.exitCode === 0) continue
    if (sidecars.has(name) && started === true) {
      if (container.ready) ready += 1
      continue
    }
    const why = initReason(container) ?? `${i}/${spec.initContainers?.length ?? 0}`
    return { reason: `Init:${why}`, ready, seen: statuses.slice(0, i + 1) }
  }
  return { reason: undefined, ready, seen: statuses }
}

function initReason({ state }: ContainerStatus): string | undefined {
  const { terminated, waiting } = state
  if (terminated) return terminatedReason(terminated)
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return waiting.reason
  return undefined
}

interface Terminated {
  readonly reason?: string
  readonly signal?: number
  readonly exitCode: number
}

function terminatedReason({ reason, signal, exitCode }: Terminated): string {
  if (reason) return reason
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`
}

function mainState(pod: Pod): { readonly ready: number; readonly reason: string | undefined } {
  const { status } = pod
  let reason: string | undefined
  let ready = 0
  for (const container of (status.containerStatuses ?? []).toReversed()) {
    const { waiting, terminated, running } = container.state
    if (waiting?.reason) reason = waiting.reason
    else if (terminated) reason = terminatedReason(terminated)
    else if (container.ready && running) ready += 1
  }
  const all = reason ?? phaseReason(pod)
  // One that is done does not speak for those that still run.
  if (all !== 'Completed' || ready === 0) return { ready, reason }
  return { ready, reason: isConditionTrue(status.conditions, 'Ready') ? 'Running' : 'NotReady' }
}

function finalReason({ metadata, status }: Pod, reason: string): string {
  if (metadata.deletionTimestamp === undefined) return reason
  if (status.reason === 'NodeLost') return 'Unknown'
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? reason : 'Terminating'
}

function restartsCell(containers: readonly ContainerStatus[], ages: Ages): string {
  const restarts = containers.reduce((sum, { restartCount }) => sum + restartCount, 0)
  const last = containers
    .map(({ lastState }) => lastState?.terminated?.finishedAt ?? '')
    .toSorted()
    .at(-1)
  return restarts > 0 && last ? `${restarts} (${ages.since(last)} ago)` : String(restarts)
}

function gates({ spec, status }: Pod): string {
  const { readinessGates = [] } = spec
  if (readinessGates.length === 0) return NONE
  const holding = readinessGates.filter(({ conditionType }) =>
    isConditionTrue(status.conditions, conditionType),
  )
  return `${holding.length}/${readinessGates.length}`
}
