import type { Pod } from '../../api/core/v1/pod.ts'
import { onAbort } from '../../base/async.ts'
import { sleep } from '../../base/clock.ts'
import { isNotFound } from '../../grpc/errors.ts'
import { runHook } from '../lifecycle/run-hook.ts'
import type { KillStep } from './plan-types.ts'
import { containerEvents } from './pod-events.ts'
import type { WorkerContext } from './worker-context.ts'

const GRACE_SECONDS_MIN = 2 // However little is asked for, so that nothing is killed without need.

export interface KillTarget {
  readonly pod: Pod
  readonly podIP: string
  /** Resolves once all of these containers have ended. */
  ended(names: readonly string[], signal: AbortSignal): Promise<void>
}

/**
 * Ends a container in the time it is given: its preStop hook, then its turn among others, then the stop signal, then
 * by force. `hurry` cuts the first two short; the caller then asks the runtime again with less time.
 */
export async function killContainer(
  context: WorkerContext,
  target: KillTarget,
  { run, container, graceSeconds, after }: KillStep,
  { hurry, signal }: { readonly hurry: AbortSignal; readonly signal: AbortSignal },
): Promise<void> {
  const { clock } = context
  const endMs = clock.monotonic() + graceSeconds * 1000
  const left = (): number => Math.max(0, endMs - clock.monotonic())
  const preStop = container?.lifecycle?.preStop
  if (preStop && graceSeconds > 0) {
    const hook = { container, containerId: run.id, podIP: target.podIP }
    await within(context, left(), hurry, (limit) => runHook(context, preStop, hook, limit)).catch(
      (error: unknown) => {
        signal.throwIfAborted()
        if (hurry.aborted) return
        const tell = containerEvents(context.recorder, target.pod, run.name)
        tell('Warning', 'FailedPreStopHook', 'PreStopHook failed')
        context.logger.info('A preStop hook failed', { container: run.name, error: String(error) })
      },
    )
  }
  if (after.length > 0 && graceSeconds > 0)
    await within(context, left(), hurry, (limit) => target.ended(after, limit)).catch(
      () => undefined,
    )
  signal.throwIfAborted()
  const seconds = Math.max(Math.floor(left() / 1000), GRACE_SECONDS_MIN)
  await stop(context, run.id, hurry.aborted ? GRACE_SECONDS_MIN : seconds, signal)
}

/** Ends a container that is being ended already, sooner. */
export async function stop(
  { runtime }: Pick<WorkerContext, 'runtime'>,
  id: string,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await runtime.stopContainer(id, seconds, { signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Does something for so long at most; it rejects when time is up. */
async function within(
  { clock }: WorkerContext,
  ms: number,
  hurry: AbortSignal,
  work: (limit: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = new AbortController()
  using _hurry = onAbort(hurry, () => limit.abort(hurry.reason))
  const done = new AbortController()
  const timeUp = sleep(clock, ms, done).then(() => limit.abort(new Error('time is up')))
  timeUp.catch(() => undefined)
  try {
    await work(limit.signal)
  } finally {
    done.abort()
  }
}
