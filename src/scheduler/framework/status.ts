/** What a plugin says of a Pod, or of a Pod on a node. */
export type Code =
  | 'Success'
  /** Something went wrong that has nothing to do with the Pod; it is tried again after a while. */
  | 'Error'
  /** It does not fit, but may where other Pods give way. */
  | 'Unschedulable'
  /** It does not fit, whoever gives way. */
  | 'UnschedulableAndUnresolvable'
  /** Permit: hold the binding back. */
  | 'Wait'
  /** The plugin has nothing to do for this Pod. */
  | 'Skip'
  /** Something outside the scheduler must happen first. */
  | 'Pending'

/** A failure as a value. Plugins give undefined for success, so that the common case costs nothing. */
export interface Status {
  readonly code: Exclude<Code, 'Success'>
  readonly reasons: readonly string[]
  /** Which plugin said so; the framework fills it in. */
  readonly plugin?: string
  readonly error?: unknown
}

export const SKIP: Status = { code: 'Skip', reasons: [] }

export function unschedulable(...reasons: readonly string[]): Status {
  return { code: 'Unschedulable', reasons }
}

export function unresolvable(...reasons: readonly string[]): Status {
  return { code: 'UnschedulableAndUnresolvable', reasons }
}

export function failed(error: unknown): Status {
  return { code: 'Error', reasons: [error instanceof Error ? error.message : String(error)], error }
}

/** Whether a Pod is turned away, as opposed to an error or a wait. */
export function isRejected({ code }: Status): boolean {
  return code === 'Unschedulable' || code === 'UnschedulableAndUnresolvable' || code === 'Pending'
}

export function messageOf({ reasons }: Status): string {
  return reasons.join(', ')
}

export function named(status: Status, plugin: string): Status {
  return status.plugin === undefined ? { ...status, plugin } : status
}
