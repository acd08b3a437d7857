import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { coalesced } from './coalesced.ts'

export interface WatchedFileOptions {
  /** Called with the whole text whenever it has become another one, and awaited before the next time. */
  readonly onChange: (text: string) => void | Promise<void>
  /** Called where the file cannot be read, or `onChange` fails; what was read before stays in force. */
  readonly onError: (error: unknown) => void
}

/**
 * Follows a file from `text` on, what it held when it was last read. Its directory is watched, not the file: files are
 * replaced rather than written to, and a mounted ConfigMap is replaced by a link beside it.
 */
export function watchedFile(path: string, text: string, options: WatchedFileOptions): Disposable {
  let known = text
  let isDisposed = false
  const read = coalesced(async () => {
    try {
      const next = await readFile(path, 'utf8')
      // A writer that is not atomic empties the file first.
      if (next === known || next === '' || isDisposed) return
      known = next
      await options.onChange(next)
    } catch (error) {
      if (!isDisposed) options.onError(error)
    }
  })
  const watcher = watch(dirname(path), { persistent: false }, () => void read())
  watcher.on('error', options.onError)
  return {
    [Symbol.dispose]() {
      isDisposed = true
      watcher.close()
    },
  }
}
