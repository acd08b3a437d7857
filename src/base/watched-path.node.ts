import { statSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface WatchedPathOptions {
  /** Called when the file may have changed, or what is in the directory; when it has come, and when it has gone. */
  readonly onChange: () => void
  readonly onError: (error: unknown) => void
}

/** Follows a file or directory that need not be there yet, nor its parents. */
export function watchedPath(path: string, { onChange, onError }: WatchedPathOptions): Disposable {
  let watchers: readonly FSWatcher[] = []
  let isDisposed = false
  const close = (): void => watchers.forEach((each) => each.close())
  const place = (): void => {
    close()
    if (isDisposed) return
    const [ancestor, next] = nearest(path)
    watchers = [open(ancestor, (name) => name === next || name === basename(ancestor))]
    if (isDirectory(path)) watchers = [...watchers, open(path, () => true)]
    // The next one may have come before anybody watched.
    if (nearest(path)[0] !== ancestor) place()
  }
  const open = (target: string, concerns: (name: string) => boolean): FSWatcher => {
    const watcher = watch(target, { persistent: false }, (event, name) => {
      if (isDisposed || (name !== null && !concerns(name))) return
      // Something came, went or was replaced.
      if (event === 'rename' && target !== path) tryPlace()
      onChange()
    })
    return watcher.on('error', onError)
  }
  const tryPlace = (): void => {
    try {
      place()
    } catch (error) {
      onError(error)
    }
  }
  place()
  return {
    [Symbol.dispose]() {
      isDisposed = true
      close()
    },
  }
}

/** The directory nearest to the path that is there, and what of the path is in it. */
function nearest(path: string): readonly [string, string] {
  const parent = dirname(path)
  return isDirectory(parent) || parent === path ? [parent, basename(path)] : nearest(parent)
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
