import { tooManyRequests } from '../../apimachinery/status-error.ts'

const READS_MAX = 400
const WRITES_MAX = 200

const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Bounds how many requests are worked on at once, reads and writes each. Streams do not count: they take long by
 * nature. Throws `TooManyRequests` where there is no room; else what to call when the request is done.
 */
export function inFlightLimit(): (method: string) => () => void {
  const running = { reads: 0, writes: 0 }
  const limits = { reads: READS_MAX, writes: WRITES_MAX }
  return (method) => {
    const kind = READ_METHODS.has(method) ? 'reads' : 'writes'
    if (running[kind] >= limits[kind]) {
      throw tooManyRequests('Too many requests, please try again later.', 1)
    }
    running[kind] += 1
    return () => {
      running[kind] -= 1
    }
  }
}
