import type { Container } from '../../api/core/v1/container.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { EventRecorder } from '../../controller-runtime/event-recorder.ts'
import type { ProbeMetrics } from '../metrics/probe-metrics.ts'
import { containerEvents } from '../pod-workers/pod-events.ts'
import { newestRun, type RuntimeContainer } from '../runtime/runtime-pod.ts'
import type { PodProbes } from './pod-probes.ts'
import { check, type CheckContext } from './probe-check.ts'
import { probeCounter, type ProbeCounter, type ProbeVerdict } from './probe-counter.ts'
import { runProbe } from './run-probe.ts'

type Kind = 'startup' | 'liveness' | 'readiness'
const NAMES = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' } as const
const FIELDS = {
  startup: 'startupProbe',
  liveness: 'livenessProbe',
  readiness: 'readinessProbe',
} as const

export interface ProbeManagerOptions extends CheckContext {
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly logger: Logger
  readonly metrics: Pick<ProbeMetrics, 'count'>
}

/** The probes of one run of a container. */
interface Probed {
  readonly counters: ReadonlyMap<Kind, ProbeCounter>
  stopRestarting(): void
  stop(): void
}

/** Probes the containers of a Pod; `changed` is told of each new verdict. */
export function podProbes(options: ProbeManagerOptions, changed: () => void): PodProbes {
  const probed = new Map<string, Probed>() // By runtime id.
  let restarting = true
  const verdict = (run: RuntimeContainer, kind: Kind): ProbeVerdict | 'none' | undefined => {
    const entry = probed.get(run.id)
    return entry?.counters.has(kind) ? entry.counters.get(kind)!.verdict : 'none'
  }
  return {
    sync(pod, runtime, podIPs) {
      const live = new Set<string>()
      for (const container of probedContainers(pod)) {
        const run = newestRun(runtime, container.name)
        if (run?.state !== 'running') continue
        live.add(run.id)
        if (probed.has(run.id)) continue
        const podIP = podIPs[0] ?? ''
        probed.set(run.id, probeRun(options, { pod, container, run, podIP, restarting, changed }))
      }
      for (const [id, entry] of probed) {
        if (live.has(id)) continue
        entry.stop()
        probed.delete(id)
      }
    },
    stopRestarting() {
      if (!restarting) return
      restarting = false
      for (const entry of probed.values()) entry.stopRestarting()
    },
    failed: (run) =>
      (['startup', 'liveness'] as const).find((kind) => verdict(run, kind) === 'failure'),
    isReady: (run) =>
      verdict(run, 'readiness') === 'none' || verdict(run, 'readiness') === 'success',
    isStarted: (run) => verdict(run, 'startup') === 'none' || verdict(run, 'startup') === 'success',
    [Symbol.dispose]() {
      for (const entry of probed.values()) entry.stop()
      probed.clear()
    },
  }
}

function probedContainers({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []).filter(isSidecar), ...spec.containers].filter(
    (each) => each.livenessProbe ?? each.readinessProbe ?? each.startupProbe,
  )
}

interface RunToProbe {
  readonly pod: Pod
  readonly container: Container
  readonly run: RuntimeContainer
  readonly podIP: string
  readonly restarting: boolean
  readonly changed: () => void
}

function probeRun(options: ProbeManagerOptions, target: RunToProbe): Probed {
  const { container, restarting } = target
  const before = lastReported(target)
  const counters = new Map<Kind, ProbeCounter>()
  const stops = new Map<Kind, AbortController>()
  for (const kind of Object.keys(FIELDS) as Kind[]) {
    const probe = container[FIELDS[kind]]
    if (probe) counters.set(kind, probeCounter(probe, before[kind]))
  }
  const begin = (kind: Kind): void => {
    const counter = counters.get(kind)
    if (!counter || (kind !== 'readiness' && !restarting)) return
    const stop = new AbortController()
    stops.set(kind, stop)
    const done = (): boolean => {
      target.changed()
      if (kind === 'startup' && counter.verdict === 'success') beginOthers()
      // A container whose verdict is its end is not asked any more.
      return kind === 'startup' || (kind === 'liveness' && counter.verdict === 'failure')
    }
    probeContainer(options, target, kind, counter, done, stop.signal)
  }
  const beginOthers = (): void => {
    begin('liveness')
    begin('readiness')
  }
  if (counters.has('startup') && counters.get('startup')!.verdict !== 'success') begin('startup')
  else beginOthers()
  return {
    counters,
    stopRestarting() {
      stops.get('startup')?.abort()
      stops.get('liveness')?.abort()
    },
    stop: () => stops.forEach((stop) => stop.abort()),
  }
}

/** Verdicts that were reported of this very run, which outlive the agent that found them. */
function lastReported({ pod, container, run }: RunToProbe): Partial<Record<Kind, ProbeVerdict>> {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status
  const reported = [...containerStatuses, ...initContainerStatuses].find(
    ({ name, containerID }) => name === container.name && containerID?.endsWith(`//${run.id}`),
  )
  return {
    liveness: 'success',
    readiness: reported?.ready ? 'success' : 'failure',
    ...(reported?.started && { startup: 'success' as const }),
  }
}

function probeContainer(
  options: ProbeManagerOptions,
  { pod, container, run, podIP }: RunToProbe,
  kind: Kind,
  counter: ProbeCounter,
  changed: () => boolean,
  signal: AbortSignal,
): void {
  const probe = container[FIELDS[kind]]!
  const tell = containerEvents(options.recorder, pod, container.name)
  const probing = runProbe(
    {
      clock: options.clock,
      probe,
      counter,
      startedAtMs: run.startedAtMs,
      async check() {
        const target = { container, containerId: run.id, podIP }
        const outcome = await check(options, probe, target, signal)
        options.metrics.count(pod, container.name, NAMES[kind], outcome.result)
        return outcome
      },
      failed({ result, message }) {
        const what = result === 'unknown' ? 'errored and resulted in unknown state' : 'failed'
        tell('Warning', 'Unhealthy', `${NAMES[kind]} probe ${what}: ${message}`)
      },
      changed,
    },
    signal,
  )
  probing.catch((error: unknown) => {
    if (!signal.aborted) options.logger.error('A probe ended', { pod: pod.metadata.name, error })
  })
}
