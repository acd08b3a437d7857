import type { Pod } from '../../api/core/v1/pod.ts'
import { podInfo, type PodInfo } from '../cache/pod-info.ts'

/** Where in the queue a Pod is. */
export type Place = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'inFlight' | 'gone'

/** A waiting Pod and its history. */
export interface QueuedPod {
  info: PodInfo
  place: Place
  /** When it came into its place, in milliseconds of the monotonic clock. */
  sinceMs: number
  /** Cycles so far, the running one included. */
  attempts: number
  /** Rejections in a row, and errors in a row: each lengthens the wait. */
  rejections: number
  errors: number
  backoffUntilMs: number
  /** When it could be tried first. */
  firstMs: number
  /** Who turned it away last; only their events bring it back. */
  rejectedBy: ReadonlySet<string>
  /** Who waits for something outside; their events bring it back without a wait. */
  pendingOn: ReadonlySet<string>
  /** Tells apart entries of heaps that are out of date. */
  version: number
}

export function queuedPod(pod: Pod, nowMs: number): QueuedPod {
  return {
    info: podInfo(pod),
    place: 'gone',
    sinceMs: nowMs,
    attempts: 0,
    rejections: 0,
    errors: 0,
    backoffUntilMs: 0,
    firstMs: Infinity,
    rejectedBy: NOBODY,
    pendingOn: NOBODY,
    version: 0,
  }
}

export const NOBODY: ReadonlySet<string> = new Set()
