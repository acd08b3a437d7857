import type { PointInTime } from './point-in-time.ts'
import type { Transport } from './transport.ts'

/** The API as it was: whatever is read through this transport. Writes are refused. */
export function transportAt(transport: Transport, at: PointInTime): Transport {
  return {
    call: (request, options) => transport.call({ ...request, at }, options),
    watch: (request, options) => transport.watch({ ...request, at }, options),
  }
}
