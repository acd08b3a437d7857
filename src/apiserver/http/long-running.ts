import { isConnect } from '../connect/connect.ts'
import type { RequestInfo } from './request-info.ts'

/** Whether a request lasts as long as its client likes: watches, and connections to Pods, Services and nodes. */
export function isLongRunning(info: RequestInfo): boolean {
  if (info.type === 'nonResource') return false
  return info.request.verb === 'watch' || isConnect(info.request)
}
