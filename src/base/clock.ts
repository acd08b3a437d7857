/** Time, handed in. Everything that waits or reads the time does so through a `Clock`, so that a test can move it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds from some fixed point, never going back; for measuring durations. */
  monotonic(): number
  /** Calls back once, after at least `ms` milliseconds, unless disposed before. */
  after(ms: number, callback: () => void): Disposable
}

/** Waits `ms` milliseconds of `clock`'s time. Rejects with the signal's reason when aborted. */
export function sleep(
  clock: Clock,
  ms: number,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const onAbort = (): void => {
      timer[Symbol.dispose]()
      reject(signal?.reason as Error)
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** The current time as the API writes it: RFC 3339, UTC, whole seconds (metav1.Time). */
export function timestamp(clock: Clock): string {
  return timestampOf(clock.now())
}

/** Milliseconds since the Unix epoch in the same form. */
export function timestampOf(ms: number): string {
  const second = Math.floor(ms / 1000)
  // A busy server asks thousands of times in a second.
  if (second !== told.second) told = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` }
  return told.text
}

/** The answer of last time. */
let told = { second: NaN, text: '' }

/** The current time with microseconds (metav1.MicroTime). */
export function microTimestamp(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 23)}000Z`
}
