import { isAlreadyExists, isConflict, isNotFound } from '../apimachinery/status-predicates.ts'
import { Lease } from '../api/coordination/v1/lease.ts'
import { linkedAbort } from '../base/async.ts'
import { microTimestamp, sleep, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { Random } from '../base/random.ts'
import type { Client } from '../client/client.ts'
import { electionStep, observe, type Observation } from './lease-election.ts'

export interface LeaderElectionOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly lease: { readonly namespace: string; readonly name: string }
  /** Who this candidate is; no other may have the same. */
  readonly identity: string
  /** How long others wait for a leader that is silent; 15 s where absent. */
  readonly leaseMs?: number
  /** How long the leader tries to renew before it steps down; 10 s where absent. */
  readonly renewDeadlineMs?: number
  /** How long to wait between two tries; 2 s where absent. */
  readonly retryMs?: number
}

const JITTER = 1.2 // Of the waits of candidates, so that they do not all come at once.

/**
 * Takes part in the election by a Lease until the signal aborts, and calls `lead` while this candidate is the leader.
 * Its signal aborts when leadership is lost; then this candidate stands again. Steps down when `lead` returns.
 */
export async function runElected(
  options: LeaderElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const candidate = createCandidate(options)
  try {
    while (!signal.aborted) {
      await candidate.acquire(signal)
      using reign = linkedAbort(signal)
      const leading = lead(reign.signal)
      // A lead that ends by itself, well or not, ends the reign.
      const ended = leading.finally(() => reign.abort())
      ended.catch(() => undefined)
      await candidate.renewUntilLost(reign.signal)
      reign.abort(new LeadershipLostError(options.lease.name))
      await ended
      await candidate.release()
    }
  } catch (error) {
    if (!signal.aborted) throw error
    await candidate.release()
  }
}

/** The lease could not be renewed in time, so somebody else may be the leader by now. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'

  constructor(lease: string) {
    super(`Leadership was lost: lease ${lease} could not be renewed`)
  }
}

interface Candidate {
  acquire(signal: AbortSignal): Promise<void>
  renewUntilLost(signal: AbortSignal): Promise<void>
  release(): Promise<void>
}

function createCandidate(options: LeaderElectionOptions): Candidate {
  const { client, clock, random, logger, lease, identity } = options
  const { leaseMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000 } = options
  let observation: Observation | undefined
  let held: Lease | undefined

  /** Takes or renews the lease; tells whether this candidate holds it now. */
  async function attempt(signal: AbortSignal): Promise<boolean> {
    const current = held ?? (await read(signal))
    if (!current) {
      held = await client.create(Lease, { metadata: lease, spec: record(0) }, { signal })
      return true
    }
    observation = observe(observation, current.spec, clock.monotonic())
    const step = electionStep(observation, identity, leaseMs, clock.monotonic())
    if (step.type === 'wait') return false
    const { acquireTime, leaseTransitions = 0 } = current.spec
    const spec = step.transition
      ? record(leaseTransitions + 1)
      : { ...record(leaseTransitions), ...(acquireTime !== undefined && { acquireTime }) }
    held = await client.update(Lease, { ...current, spec }, { signal })
    return true
  }

  async function tryAttempt(signal: AbortSignal): Promise<boolean> {
    try {
      return await attempt(signal)
    } catch (error) {
      if (signal.aborted) return false
      // What is known of the lease is out of date: read it again at the next try.
      held = undefined
      if (!isConflict(error) && !isAlreadyExists(error)) {
        logger.warn('Cannot acquire or renew a lease', { lease: lease.name, error })
      }
      return false
    }
  }

  function record(leaseTransitions: number) {
    const now = microTimestamp(clock)
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseMs / 1000,
      acquireTime: now,
      renewTime: now,
      leaseTransitions,
    }
  }

  async function read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      return await client.get(Lease, lease, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  return {
    async acquire(signal) {
      while (!(await tryAttempt(signal))) {
        signal.throwIfAborted()
        await sleep(clock, retryMs * (1 + JITTER * random.next()), { signal })
      }
      logger.info('Became leader', { lease: lease.name, identity })
    },

    async renewUntilLost(signal) {
      let renewedMs = clock.monotonic()
      for (;;) {
        if (!(await quietSleep(clock, retryMs, signal))) return
        using deadline = linkedAbort(signal)
        using _ = clock.after(renewedMs + renewDeadlineMs - clock.monotonic(), () =>
          deadline.abort(),
        )
        if (await tryAttempt(deadline.signal)) renewedMs = clock.monotonic()
        else if (clock.monotonic() - renewedMs >= renewDeadlineMs) return
        else if (held === undefined && isTakenBy(observation, identity)) return
      }
    },

    async release() {
      if (!held) return
      const { spec } = held
      try {
        await client.update(Lease, {
          ...held,
          spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1 },
        })
      } catch (error) {
        logger.debug('Cannot release a lease', { lease: lease.name, error })
      }
      held = undefined
    },
  }
}

/** Whether the lease was last seen in other hands. */
function isTakenBy(observation: Observation | undefined, identity: string): boolean {
  const holder = observation?.record.holderIdentity
  return holder !== undefined && holder !== '' && holder !== identity
}

/** Sleeps; tells whether it was not disturbed. */
async function quietSleep(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  try {
    await sleep(clock, ms, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
