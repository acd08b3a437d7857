/** What a pass says of the future. Nothing at all means `done`. */
export type Result = Done | RequeueAfter

export interface Done {
  readonly type: 'done'
}

interface RequeueAfter {
  readonly type: 'requeue after'
  readonly ms: number
}

/** There is nothing left to do until something changes. */
export const done: Done = { type: 'done' }

/** Look again after `ms` milliseconds, or only when something changes where there is no number. */
export function requeueAfter(ms: number | undefined): Result {
  return ms === undefined ? done : { type: 'requeue after', ms }
}

/** An error that trying again cannot help, until something changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}
