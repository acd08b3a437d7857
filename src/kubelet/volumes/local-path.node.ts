import { chmod, mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Node } from '../../api/core/v1/node.ts'
import {
  LOCAL_PATH_DIRECTORY,
  removalKey,
  removalsOf,
  removalText,
  type Removal,
} from '../../api/storage/v1/local-path.ts'
import { sleep, type Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import { unmountBelow } from './mounts.node.ts'

// No other name leads to a directory that is made or removed.
const VOLUME_NAME = /^pvc-[0-9a-f-]{36}$/
const RETRY_MS = 30_000

/** Where a node keeps the volumes of the built-in provisioner. */
function localPathDirectory(dataDir: string): string {
  return join(dataDir, 'local-path')
}

/** What the Node says of it. */
export function localPathAnnotations(dataDir: string): Readonly<Record<string, string>> {
  return { [LOCAL_PATH_DIRECTORY]: localPathDirectory(dataDir) }
}

/** Makes the directory of a volume of the built-in provisioner, open to all, where it is missing. */
export async function makeLocalPath(dataDir: string, path: string): Promise<void> {
  const isOurs = dirname(path) === localPathDirectory(dataDir) && VOLUME_NAME.test(basename(path))
  if (!isOurs) return
  const made = await mkdir(path, { recursive: true })
  if (made !== undefined) await chmod(path, 0o777)
}

interface RemoverOptions {
  readonly client: Client
  /** Of this node's own Node alone. */
  readonly nodes: Informer<Node>
  readonly clock: Clock
  readonly logger: Logger
  readonly nodeName: string
  readonly dataDir: string
}

/**
 * Removes the directories that the provisioner asks for on the Node, and answers there. What fails is tried again. Stops
 * when it is disposed, once it has ended what it is at.
 */
export function removeLocalPaths(options: RemoverOptions): AsyncDisposable {
  const { nodes, clock } = options
  const abort = new AbortController()
  const { signal } = abort
  const working = new Map<string, Promise<void>>()

  const work = async (volume: string): Promise<void> => {
    while (!signal.aborted && !(await removeAndAnswer(volume, options)))
      await sleep(clock, RETRY_MS, { signal }).catch(() => undefined)
    working.delete(volume)
  }
  const see = ({ metadata: { annotations } }: Node): void => {
    for (const [volume, removal] of removalsOf(annotations))
      if (removal !== 'removed' && !working.has(volume)) working.set(volume, work(volume))
  }
  const subscription = nodes.subscribe({ add: see, update: see })
  return {
    async [Symbol.asyncDispose]() {
      subscription[Symbol.dispose]()
      abort.abort()
      await Promise.all(working.values())
    },
  }
}

/** Whether it is removed and answered. */
async function removeAndAnswer(volume: string, options: RemoverOptions): Promise<boolean> {
  const { client, nodeName, dataDir, logger } = options
  const removal = await remove(dataDir, volume)
  const annotations = { [removalKey(volume)]: removalText(removal) }
  try {
    await client.patch(Node, { name: nodeName }, 'merge', { metadata: { annotations } })
  } catch (error) {
    logger.warn('cannot tell of a removed volume', { volume, error: String(error) })
    return false
  }
  return removal === 'removed'
}

async function remove(dataDir: string, volume: string): Promise<Removal> {
  if (!VOLUME_NAME.test(volume))
    return { failure: `${JSON.stringify(volume)} is not the name of a volume of this node` }
  const path = join(localPathDirectory(dataDir), volume)
  try {
    // What a container has mounted in it and left behind is not to be emptied.
    await unmountBelow(path)
    await rm(path, { recursive: true, force: true })
    return 'removed'
  } catch (error) {
    return { failure: (error as Error).message }
  }
}
