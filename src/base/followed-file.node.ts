import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import { watchedFile } from './watched-file.node.ts'

export interface FollowedFileOptions<T> {
  /** What a text of the file means. Throws, or rejects, where it cannot be used. */
  readonly make: (text: string) => T | Promise<T>
  readonly logger: Logger
  /** What is logged of a text that is in force now, and of one that cannot be used. */
  readonly messages: { readonly used: string; readonly refused: string }
  /** Called once another value is in force. */
  readonly onChange?: () => void
  /** Called after each other text, with whether it could be used. */
  readonly onReload?: ((status: 'success' | 'failure') => void) | undefined
  /** For what has to be closed: `afterMs` after another value came, when nobody works with it any more. */
  readonly release?: {
    readonly close: (value: T) => void
    readonly afterMs: number
    readonly clock: Clock
  }
}

/** What a file means; the last text that could be used stays in force. Disposing it releases all that it made. */
export interface FollowedFile<T> extends Disposable {
  readonly current: T
}

/** Follows a file from `text` on, which meant `first`. Changes are taken up in turn. */
export function followedFile<T>(
  path: string,
  { text, first }: { readonly text: string; readonly first: T },
  { make, logger, messages, onChange, onReload, release }: FollowedFileOptions<T>,
): FollowedFile<T> {
  let current = first
  let isDisposed = false
  const retired = new Map<T, Disposable>()
  const retire = (value: T): void => {
    if (!release) return
    const { afterMs, clock, close } = release
    const later = (): void => {
      retired.delete(value)
      close(value)
    }
    retired.set(value, clock.after(afterMs, later))
  }
  const onError = (error: unknown): void => {
    onReload?.('failure')
    logger.error(messages.refused, { file: path, error })
  }
  const use = async (next: string): Promise<void> => {
    const made = await make(next)
    if (isDisposed) return release?.close(made)
    retire(current)
    current = made
    onChange?.()
    onReload?.('success')
    logger.info(messages.used, { file: path })
  }
  const watcher = watchedFile(path, text, { onChange: use, onError })
  return {
    get current() {
      return current
    },
    [Symbol.dispose]() {
      isDisposed = true
      watcher[Symbol.dispose]()
      for (const [value, timer] of retired) {
        timer[Symbol.dispose]()
        release?.close(value)
      }
      release?.close(current)
    },
  }
}
