import { onAbort } from '../../base/async.ts'
import { isRunning } from '../runtime/runtime-pod.ts'
import { killContainer, stop } from './kill-container.ts'
import type { KillStep } from './plan-types.ts'
import { containerEvents } from './pod-events.ts'
import type { PodState } from './pod-state.ts'

const SOONER_MS = 1000 // A shorter grace period is one that is shorter by this.

interface Kill {
  /** When the container has to be gone. */
  readonly endMs: number
  readonly hurry: AbortController
}

/** The containers of a Pod that are being ended. */
export interface PodKills {
  /** Ends a container; sooner, where it is being ended already with more time. */
  kill(step: KillStep): void
  /** The runtime was read: forgets those that have ended. */
  seen(): void
}

export function podKills(state: PodState): PodKills {
  const { context, ops, retries, signal } = state
  const kills = new Map<string, Kill>()
  const waiters = new Set<() => void>()

  const ended = (names: readonly string[], limit: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const { containers } = state.runtime()
        if (containers.some((run) => names.includes(run.name) && isRunning(run))) return
        waiters.delete(check)
        resolve()
      }
      waiters.add(check)
      onAbort(limit, () => {
        waiters.delete(check)
        reject(limit.reason as Error)
      })
      check()
    })

  const begin = (step: KillStep, hurry: AbortSignal): void => {
    const { id, name } = step.run
    const pod = state.pod()
    containerEvents(context.recorder, pod, name)('Normal', 'Killing', step.message)
    const target = { pod, podIP: state.addresses()[0] ?? '', ended }
    ops.begin(`kill ${id}`, async () => {
      const work = () => killContainer(context, target, step, { hurry, signal })
      if (!(await retries.attempt('stop', work))) kills.delete(id)
    })
  }
  return {
    kill(step) {
      const { id } = step.run
      const endMs = context.clock.now() + step.graceSeconds * 1000
      const before = kills.get(id)
      if (before && endMs >= before.endMs - SOONER_MS) return
      const hurry = before?.hurry ?? new AbortController()
      kills.set(id, { endMs, hurry })
      if (!before) return begin(step, hurry.signal)
      hurry.abort()
      const seconds = Math.max(1, step.graceSeconds)
      ops.begin(`hurry ${id}`, async () => {
        await retries.attempt('stop', () => stop(context, id, seconds, signal))
      })
    },
    seen() {
      const running = new Set(
        state
          .runtime()
          .containers.filter(isRunning)
          .map(({ id }) => id),
      )
      for (const id of kills.keys()) if (!running.has(id)) kills.delete(id)
      for (const check of waiters) check()
    },
  }
}
