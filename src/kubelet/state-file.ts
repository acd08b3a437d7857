import type { Logger } from '../base/logger.ts'

/** Keeps what a part of the agent must still know after a restart of it. */
export interface StateFile {
  readonly save: (text: string) => Promise<void>
  /** What was kept the last time; empty where there is nothing. */
  readonly saved: string
}

/** What was kept as JSON; `nothing` where there is none, or it cannot be read, which is logged with `complaint`. */
export function parseSaved<T>(
  { saved, logger }: Pick<StateFile, 'saved'> & { readonly logger: Logger },
  nothing: T,
  complaint: string,
): T {
  if (saved === '') return nothing
  try {
    return JSON.parse(saved) as T
  } catch (error) {
    logger.error(complaint, { error: String(error) })
    return nothing
  }
}
