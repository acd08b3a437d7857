import { readFile } from 'node:fs/promises'
import { IN_FLIGHT_LIMITS } from '../../apiserver/http/in-flight.ts'
import { otlpTracing } from '../../apiserver/tracing/otlp-tracing.node.ts'
import { parseTracingConfiguration } from '../../apiserver/tracing/tracing-configuration.ts'
import { systemClock } from '../../base/clock.node.ts'
import { pinoLogger } from '../../base/logger.node.ts'
import { systemRandom } from '../../base/random.node.ts'
import type { ServerChoice } from '../../cluster/control-plane.node.ts'
import type { ServerFlags } from '../flags/server-flags.ts'
import { bool, flagName, milliseconds, valueOf, wholeNumber, wrong } from '../flags/values.ts'
import { UserError } from '../user-error.ts'

/** Of how long a shutdown may take in all, what is left for the rest of it. */
const DELAY_MS_MAX = 15_000

/** What the flags say of the API server, `/flagz` included. Throws `UserError`. */
export function serverChoice(flags: ServerFlags): ServerChoice {
  const reads = valueOf(flags, 'maxRequestsInflight', wholeNumber)
  const writes = valueOf(flags, 'maxMutatingRequestsInflight', wholeNumber)
  const fair = valueOf(flags, 'enablePriorityAndFairness', bool)
  const timeoutMs = valueOf(flags, 'requestTimeout', milliseconds)
  const watchSeconds = valueOf(flags, 'minRequestTimeout', wholeNumber)
  const delayMs = valueOf(flags, 'shutdownDelayDuration', milliseconds)
  const ttlMs = valueOf(flags, 'eventTtl', milliseconds)
  if (timeoutMs === 0) throw wrong('--request-timeout 0s is too short: give for example 1m.')
  if (watchSeconds === 0)
    throw wrong('--min-request-timeout 0 is too short: give for example 1800.')
  if (delayMs !== undefined && delayMs > DELAY_MS_MAX)
    throw wrong('--shutdown-delay-duration is too long: give at most 15s.')
  if (ttlMs !== undefined && ttlMs < 1000)
    throw wrong(`--event-ttl ${flags.eventTtl} is too short: give at least 1s.`)
  if (reads === 0 && writes === 0 && fair !== false) {
    throw wrong(
      '--max-requests-inflight and --max-mutating-requests-inflight are both 0: give --enable-priority-and-fairness=false too.',
    )
  }
  return {
    flags: named(flags),
    inFlightLimits: {
      reads: reads ?? IN_FLIGHT_LIMITS.reads,
      writes: writes ?? IN_FLIGHT_LIMITS.writes,
    },
    ...(fair !== undefined && { priorityAndFairness: fair }),
    ...(timeoutMs !== undefined && { requestTimeoutLimitMs: timeoutMs }),
    ...(watchSeconds !== undefined && { watchSecondsMin: watchSeconds }),
    ...(delayMs !== undefined && { shutdownDelayMs: delayMs }),
    ...(ttlMs !== undefined && { eventTtlSeconds: Math.floor(ttlMs / 1000) }),
  }
}

/** Traces the API server as `--tracing-config-file` says; nothing where it is not given. Throws `UserError`. */
export async function tracingOf({
  tracingConfigFile: file,
}: ServerFlags): Promise<ReturnType<typeof otlpTracing> | undefined> {
  if (file === undefined) return undefined
  const machine = { clock: systemClock, random: systemRandom, logger: pinoLogger() }
  try {
    return otlpTracing({ ...parseTracingConfiguration(await readFile(file, 'utf8')), ...machine })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`Cannot use --tracing-config-file ${file}: ${why}.`, { cause })
  }
}

/** The flags by their own names, as `/flagz` shows them. */
function named(flags: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(flags).map(([key, value]) => [flagName(key), String(value)]),
  )
}
