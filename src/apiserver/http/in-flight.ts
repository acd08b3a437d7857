import { tooManyRequests } from '../../apimachinery/status-error.ts'
import { once, openGate, type Gate } from './gate.ts'
import { isLongRunning } from './long-running.ts'
import { isMutating } from './request-metrics.ts'

/** How many requests may be worked on at once; 0 means any number. */
export interface InFlightLimits {
  /** `--max-requests-inflight` */
  readonly reads: number
  /** `--max-mutating-requests-inflight` */
  readonly writes: number
}

/** Upstream's. */
export const IN_FLIGHT_LIMITS: InFlightLimits = { reads: 400, writes: 200 }

/**
 * Bounds how many requests are worked on at once, reads and writes each, where there is no flow control. Streams do not
 * count: they take long by nature. Nor is a cluster's administrator ever turned away.
 */
export function inFlightGate(limits: InFlightLimits): Gate {
  const running = { reads: 0, writes: 0 }
  return (exchange, info, { groups }) => {
    const kind = isMutating(exchange.method) ? 'writes' : 'reads'
    if (limits[kind] === 0 || isLongRunning(info))
      return openGate(exchange, info, { name: '', groups })
    if (running[kind] >= limits[kind] && !groups.includes('system:masters')) {
      throw tooManyRequests('Too many requests, please try again later.', 1)
    }
    running[kind] += 1
    return once(() => {
      running[kind] -= 1
    })
  }
}
