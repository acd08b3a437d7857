import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { QueuedPod } from '../queue/queued-pod.ts'

export interface RunCyclesOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly pop: () => QueuedPod | undefined
  /** Tries a Pod; a promise of its binding, where it comes to that. */
  readonly run: (queued: QueuedPod) => Promise<void> | undefined
}

export interface Cycles extends AsyncDisposable {
  /** Bindings under way. */
  readonly bindings: number
  start(): void
  /** There may be a Pod to try. */
  wake(): void
  /** Lets other Pods have their turn while a binding waits for somebody else. */
  outside<T>(wait: Promise<T>): Promise<T>
  /** Tries no other Pod until this is done: a choice of a node that takes time is to see one cluster all the same. */
  alone<T>(choice: Promise<T>): Promise<T>
}

const SLICE_MS = 5 // As long as others on this thread may be kept waiting.
const BINDING_MAX = 256 // More bindings at a time would only wait for one another.

/** Tries Pods for as long as there are some, in slices, with bindings under way beside. */
export function runCycles({ clock, logger, pop, run }: RunCyclesOptions): Cycles {
  const binding = new Set<Promise<void>>()
  let outsideCount = 0
  let isHeld = false
  let state: 'new' | 'idle' | 'waiting' | 'running' | 'ended' = 'new'
  let timer: Disposable | undefined

  const track = async (bound: Promise<void>): Promise<void> => {
    binding.add(bound)
    try {
      await bound
    } catch (error) {
      logger.error('A binding cycle failed', { error })
    }
    const wasFull = isFull()
    binding.delete(bound)
    if (wasFull) wake()
  }
  const isFull = (): boolean => binding.size - outsideCount >= BINDING_MAX
  const outside = async <T>(wait: Promise<T>): Promise<T> => {
    outsideCount += 1
    wake()
    try {
      return await wait
    } finally {
      outsideCount -= 1
    }
  }
  const alone = async <T>(choice: Promise<T>): Promise<T> => {
    isHeld = true
    try {
      return await choice
    } finally {
      isHeld = false
      wake()
    }
  }
  const slice = (): void => {
    const endMs = clock.monotonic() + SLICE_MS
    state = 'running'
    try {
      while (!isFull() && !isHeld) {
        const queued = pop()
        if (!queued) break
        const bound = run(queued)
        if (bound) void track(bound)
        if (clock.monotonic() > endMs) {
          state = 'waiting'
          timer = clock.after(0, slice)
          return
        }
      }
    } catch (error) {
      logger.error('A scheduling cycle failed', { error })
    }
    state = 'idle'
  }
  function wake(): void {
    if (state !== 'idle') return
    state = 'waiting'
    // Not here and now: whoever wakes us is in the middle of something, and more may come with it.
    queueMicrotask(() => {
      if (state === 'waiting') slice()
    })
  }

  return {
    get bindings() {
      return binding.size
    },
    wake,
    outside,
    alone,
    start() {
      if (state !== 'new') return
      state = 'idle'
      wake()
    },
    async [Symbol.asyncDispose]() {
      state = 'ended'
      timer?.[Symbol.dispose]()
      await Promise.allSettled(binding)
    },
  }
}
