import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/core/v1/pod.ts'
import { coalesced } from '../../base/coalesced.ts'
import type { Logger } from '../../base/logger.ts'
import { watchedPath } from '../../base/watched-path.node.ts'
import type { PodHandlers, PodSource } from './pod-source.ts'
import { parseStaticPod, type StaticPodContext } from './static-pod.ts'

export interface StaticPodFilesOptions extends StaticPodContext {
  /** A file, or a directory of which every file is read whose name does not begin with a dot. */
  readonly path: string
  readonly logger: Logger
}

/**
 * The Pods of a file or directory, followed as they change. What cannot be read or is no Pod is told in the log, and
 * what it held before goes on.
 */
export async function staticPodFiles(
  options: StaticPodFilesOptions,
): Promise<PodSource & AsyncDisposable> {
  const { logger, path } = options
  const byFile = new Map<string, { readonly text: string; readonly pod: Pod | undefined }>()
  const subscribers = new Set<PodHandlers>()

  const pods = (): Pod[] => [...byFile.values()].flatMap(({ pod }) => pod ?? [])
  const put = (file: string, text: string): void => {
    const before = byFile.get(file)
    if (before?.text === text) return
    const pod = parsed(file, text) ?? before?.pod
    byFile.set(file, { text, pod })
    if (before?.pod && before.pod !== pod) for (const each of subscribers) each.delete(before.pod)
    if (pod && pod !== before?.pod) for (const each of subscribers) each.add(pod)
  }
  const parsed = (file: string, text: string): Pod | undefined => {
    try {
      return parseStaticPod(file, text, options)
    } catch (error) {
      logger.error('Cannot read a static Pod', { file, error: String(error) })
      return undefined
    }
  }
  const remove = (file: string): void => {
    const pod = byFile.get(file)?.pod
    byFile.delete(file)
    if (pod) for (const each of subscribers) each.delete(pod)
  }
  const readAll = async (): Promise<void> => {
    const files = await filesOf(path)
    for (const file of byFile.keys()) if (!files.includes(file)) remove(file)
    for (const file of files) {
      const text = await readFile(file, 'utf8').catch(() => '')
      if (text !== '') put(file, text) // A writer that is not atomic empties the file first.
    }
  }
  let reading: Promise<void> | undefined
  const read = coalesced(() =>
    readAll().catch((error: unknown) =>
      logger.error('Cannot read static Pods', { path, error: String(error) }),
    ),
  )
  const watcher = watchedPath(path, {
    onChange: () => void (reading = read()),
    onError: (error) => logger.error('Cannot watch static Pods', { path, error: String(error) }),
  })
  await read()
  return {
    list: pods,
    subscribe(handlers) {
      for (const pod of pods()) handlers.add(pod)
      subscribers.add(handlers)
      return { [Symbol.dispose]: () => void subscribers.delete(handlers) }
    },
    async [Symbol.asyncDispose]() {
      watcher[Symbol.dispose]()
      await reading
    },
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return []
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  return entries
    .filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory())
    .map(({ name }) => join(path, name))
    .toSorted()
}
