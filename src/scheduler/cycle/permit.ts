import type { Clock } from '../../base/clock.ts'
import { formatDurationNs } from '../../schema/duration.ts'
import type { PodInfo } from '../cache/pod-info.ts'
import type { CycleState } from '../framework/cycle-state.ts'
import type { Profile } from '../framework/profile.ts'
import { named, unschedulable, type Status } from '../framework/status.ts'

/** A Pod that has a node but must wait for leave to go there. */
export interface WaitingPod {
  readonly pod: PodInfo
  allow(plugin: string): void
  reject(plugin: string, message: string): void
}

export type PermitOutcome =
  | { readonly type: 'go' }
  | { readonly type: 'stop'; readonly status: Status }
  | { readonly type: 'wait'; readonly outcome: Promise<Status | undefined> }

const MAX_WAIT_MS = 15 * 60_000

/** Asks all plugins for leave; those that say Wait are waited for, each for as long as it said. */
export function permit(
  profile: Profile,
  waiting: Map<string, WaitingPod>,
  clock: Clock,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): PermitOutcome {
  return profile.observer.timed(
    'Permit',
    () => askAll(profile, waiting, clock, state, pod, nodeName),
    (outcome) => (outcome.type === 'stop' ? outcome.status : undefined),
  )
}

function askAll(
  profile: Profile,
  waiting: Map<string, WaitingPod>,
  clock: Clock,
  state: CycleState,
  pod: PodInfo,
  nodeName: string,
): PermitOutcome {
  const pending = new Map<string, number>()
  for (const plugin of profile.permitters) {
    const answer = plugin.permit(state, pod, nodeName)
    if (!answer) continue
    const { status, timeoutMs = MAX_WAIT_MS } = answer
    if (status.code !== 'Wait') return { type: 'stop', status: named(status, plugin.name) }
    pending.set(plugin.name, Math.min(timeoutMs, MAX_WAIT_MS))
  }
  if (pending.size === 0) return { type: 'go' }
  return { type: 'wait', outcome: wait(waiting, clock, pod, pending) }
}

function durationText(ms: number): string {
  return formatDurationNs(BigInt(Math.trunc(ms)) * 1_000_000n)
}

async function wait(
  waiting: Map<string, WaitingPod>,
  clock: Clock,
  pod: PodInfo,
  pending: ReadonlyMap<string, number>,
): Promise<Status | undefined> {
  using timers = new DisposableStack()
  const outcome = Promise.withResolvers<Status | undefined>()
  const left = new Set(pending.keys())
  const reject = (plugin: string, message: string): void =>
    outcome.resolve(named(unschedulable(message), plugin))
  for (const [plugin, ms] of pending) {
    timers.use(
      clock.after(ms, () =>
        reject(
          plugin,
          `rejected due to timeout after waiting ${durationText(ms)} at plugin ${plugin}`,
        ),
      ),
    )
  }
  waiting.set(pod.uid, {
    pod,
    reject,
    allow(plugin) {
      left.delete(plugin)
      if (left.size === 0) outcome.resolve(undefined)
    },
  })
  timers.defer(() => waiting.delete(pod.uid))
  return await outcome.promise
}
