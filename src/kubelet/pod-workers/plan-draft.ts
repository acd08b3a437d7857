import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import { formatDuration } from '../../apimachinery/durations.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import type { RuntimeContainer } from '../runtime/runtime-pod.ts'
import type {
  KillStep,
  PodFailure,
  PodPlan,
  PodView,
  ResizeStep,
  StartStep,
  Waiting,
} from './plan-types.ts'

interface KillOptions {
  readonly message: string
  readonly container?: AnyContainer | undefined
  /** That of the Pod when absent. */
  readonly graceSeconds?: number
  readonly after?: readonly string[]
}

/** A plan in the making. */
export interface PlanDraft {
  readonly stopSandboxes: string[]
  readonly start: StartStep[]
  readonly resize: ResizeStep[]
  resizePod: boolean
  createSandbox?: { readonly attempt: number }
  terminating: boolean
  finish: boolean
  failure?: PodFailure | undefined
  wakeAt(ms: number | undefined): void
  kill(run: RuntimeContainer, options: KillOptions): void
  /** Whether something that could not be made may be tried again now; notes when, where not. */
  mayTry(name: string): boolean
  startSoon(step: StartStep): void
  /** Starts what ran before, unless it crashed too often. */
  startAgain(step: StartStep & { readonly previous: RuntimeContainer }): void
  result(): PodPlan
}

export function draft(view: PodView): PlanDraft {
  const kill: KillStep[] = []
  const backOff = new Map<string, Waiting>()
  let wakeAtMs: number | undefined
  const plan: PlanDraft = {
    stopSandboxes: [],
    start: [],
    resize: [],
    resizePod: false,
    terminating: false,
    finish: false,
    wakeAt(ms) {
      if (ms !== undefined) wakeAtMs = Math.min(wakeAtMs ?? ms, ms)
    },
    kill(run, { container, graceSeconds = podGraceSeconds(view.pod), message, after = [] }) {
      kill.push({ run, graceSeconds, message, after, ...(container && { container }) })
    },
    mayTry(name) {
      const atMs = view.retryAtMs.get(name)
      if (atMs === undefined || atMs <= view.nowMs) return true
      plan.wakeAt(atMs)
      return false
    },
    startSoon(step) {
      if (plan.mayTry(step.container.name)) plan.start.push(step)
    },
    startAgain(step) {
      const { name } = step.container
      const waiting = view.backoff.waiting(name, step.previous.finishedAtMs, view.nowMs)
      if (!waiting) return plan.startSoon(step)
      plan.wakeAt(waiting.untilMs)
      const delay = formatDuration(waiting.delayMs)
      const message = `back-off ${delay} restarting failed container=${name} pod=${podText(view.pod)}`
      backOff.set(name, { reason: 'CrashLoopBackOff', message })
    },
    result() {
      const { stopSandboxes, start, resize, resizePod, terminating, finish } = plan
      const { createSandbox, failure } = plan
      return {
        kill,
        stopSandboxes,
        start,
        resize,
        resizePod,
        backOff,
        terminating,
        finish,
        ...(createSandbox && { createSandbox }),
        ...(failure && { failure }),
        ...(wakeAtMs !== undefined && { wakeAtMs }),
      }
    },
  }
  return plan
}

/** A Pod in messages: `name_namespace(uid)`. */
export function podText({ metadata }: Pick<Pod, 'metadata'>): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`
}

/** How long containers of the Pod may take to stop: what its deletion says, else its spec. */
export function podGraceSeconds({ metadata, spec }: Pod): number {
  return metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds
}
