import type { Probe } from '../../api/core/v1/probe.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { ProbeCounter } from './probe-counter.ts'
import type { ProbeOutcome } from './probe-check.ts'

const ATTEMPTS_MAX = 3 // At one check, where it could not be made.

export interface ProbeRun {
  readonly clock: Clock
  readonly probe: Probe
  readonly counter: ProbeCounter
  /** When the container started, in milliseconds since the epoch. */
  readonly startedAtMs: number
  check(): Promise<ProbeOutcome>
  /** Told each outcome that is no success. */
  failed(outcome: ProbeOutcome): void
  /** The verdict has changed; true where there is no need to go on. */
  changed(): boolean
}

/** Checks a container every period, from its initial delay on, until the signal aborts or nobody needs it any more. */
export async function runProbe(run: ProbeRun, signal: AbortSignal): Promise<void> {
  const { clock, probe } = run
  const firstMs = run.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000
  await sleep(clock, Math.max(0, firstMs - clock.now()), { signal })
  for (;;) {
    const beganMs = clock.monotonic()
    const outcome = await attempts(run)
    if (signal.aborted) return
    if (outcome.result !== 'success') run.failed(outcome)
    if (outcome.result !== 'unknown' && run.counter.add(outcome.result) && run.changed()) return
    const nextMs = beganMs + probe.periodSeconds * 1000
    await sleep(clock, Math.max(0, nextMs - clock.monotonic()), { signal })
  }
}

async function attempts(run: ProbeRun): Promise<ProbeOutcome> {
  let outcome = await run.check()
  for (let i = 1; i < ATTEMPTS_MAX && outcome.result === 'unknown'; i += 1)
    outcome = await run.check()
  return outcome
}
