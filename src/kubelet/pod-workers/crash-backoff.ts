const BASE_MS = 10_000
const FORGET_MS = 600_000

interface Entry {
  readonly delayMs: number
  readonly updatedMs: number
}

/** How long crashed containers of one Pod wait: 10 s, doubling up to a limit; forgotten after 10 min without a crash. */
export interface CrashBackoff {
  /** The wait that is not over yet for a container whose last run ended then. */
  waiting(
    name: string,
    finishedAtMs: number,
    nowMs: number,
  ): { readonly delayMs: number; readonly untilMs: number } | undefined
  /** Notes that a container, whose last run ended then, is started again. */
  restarted(name: string, finishedAtMs: number, nowMs: number): void
}

export function crashBackoff(maxMs: number): CrashBackoff {
  const entries = new Map<string, Entry>()
  const current = (name: string, eventMs: number): Entry | undefined => {
    const entry = entries.get(name)
    return entry && eventMs - entry.updatedMs <= FORGET_MS ? entry : undefined
  }
  return {
    waiting(name, finishedAtMs, nowMs) {
      const entry = current(name, finishedAtMs)
      if (!entry) return undefined
      const untilMs = finishedAtMs + entry.delayMs
      return nowMs < untilMs ? { delayMs: entry.delayMs, untilMs } : undefined
    },
    restarted(name, finishedAtMs, nowMs) {
      const before = current(name, finishedAtMs)
      const delayMs = before ? Math.min(before.delayMs * 2, maxMs) : Math.min(BASE_MS, maxMs)
      entries.set(name, { delayMs, updatedMs: nowMs })
    },
  }
}
