import type { HttpExchange } from '../../serving/exchange.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { RequestInfo } from './request-info.ts'

/** Call it when the request is over; more than once does no harm. */
export type Leave = () => void

/** Lets a request in that there is room for. Throws `TooManyRequests`. */
export type Gate = (
  exchange: HttpExchange,
  info: RequestInfo,
  user: UserInfo,
) => Leave | Promise<Leave>

/** Lets everything in. */
export const openGate: Gate = () => leaveNothing

function leaveNothing(): void {
  // Nothing was taken.
}

export function once(leave: () => void): Leave {
  let isLeft = false
  return () => {
    if (isLeft) return
    isLeft = true
    leave()
  }
}
