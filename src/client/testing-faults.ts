import { internalError, resourceExpired, serviceUnavailable } from '../apimachinery/status-error.ts'
import type { Clock } from '../base/clock.ts'
import { sleep } from '../base/clock.ts'
import { randomInt, type Random } from '../base/random.ts'
import type { Transport } from './transport.ts'

export interface FaultOptions {
  readonly clock: Clock
  readonly random: Random
  /** The share of calls that fail, and of watch events after which the watch breaks off. */
  readonly rate: number
  /** Whether there are faults at this time. */
  readonly isOn: () => boolean
}

const DELAY_MS_MAX = 50

/** For tests: a transport on which requests are lost, answers are lost, and watches break off or expire. */
export function faultyTransport(transport: Transport, options: FaultOptions): Transport {
  const { clock, random, rate, isOn } = options
  const strikes = (): boolean => isOn() && random.next() < rate
  return {
    async call(request, callOptions) {
      if (isOn()) await sleep(clock, randomInt(random, DELAY_MS_MAX), callOptions)
      if (strikes()) throw serviceUnavailable('the request was lost')
      const answer = await transport.call(request, callOptions)
      if (strikes()) throw internalError('the answer was lost')
      return answer
    },
    async *watch(request, callOptions) {
      if (strikes()) throw resourceExpired('too old resource version')
      for await (const event of transport.watch(request, callOptions)) {
        if (isOn()) await sleep(clock, randomInt(random, DELAY_MS_MAX), callOptions)
        yield event
        if (strikes()) return
      }
    },
  }
}
