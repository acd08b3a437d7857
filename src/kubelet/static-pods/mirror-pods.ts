import type { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import { keyText, parseKey } from '../../client/object-key.ts'
import { WorkQueue } from '../../controller-runtime/work-queue.ts'
import { mirrorOf, planMirror } from './plan-mirror.ts'
import type { PodSource } from './pod-source.ts'
import { isMirrorPod } from './static-pod.ts'

const RETRY = { baseMs: 1000, maxMs: 30_000 }

export interface MirrorPodsOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  readonly pods: Informer<Pod>
  readonly statics: PodSource
  /** The Node, once it is registered. */
  readonly node: () => Node | undefined
}

/** Shows the node's static Pods in the API. */
export interface MirrorPods extends AsyncDisposable {
  /** The Pod in the API that shows a static one; undefined while there is none. */
  find(pod: Pod): Pod | undefined
  /** Tries again what could not be done, as when the Node was not registered yet. */
  touch(): void
}

export function startMirrorPods(options: MirrorPodsOptions): MirrorPods {
  const { client, clock, logger, pods, statics } = options
  const abort = new AbortController()
  const { signal } = abort
  const queue = new WorkQueue({ clock, backoff: RETRY })

  const mirrorNamed = (key: string): Pod | undefined => {
    const found = pods.cache.get(parseKey(key))
    return found && isMirrorPod(found) ? found : undefined
  }
  const look = async (key: string): Promise<void> => {
    const pod = statics.list().find(({ metadata }) => keyText(metadata) === key)
    const mirror = mirrorNamed(key)
    const plan = planMirror(pod, mirror)
    const node = options.node()
    if (plan === 'keep' || !node) return
    // What is done is seen in the cache later, and looked at then.
    if (plan === 'create') await create(client, pod!, node, signal)
    else await remove(client, mirror!, signal)
  }
  const work = async (): Promise<void> => {
    for (;;) {
      const key = await queue.take()
      if (key === undefined) return
      try {
        await look(key)
        queue.forget(key)
      } catch (error) {
        if (!signal.aborted) logger.debug('Cannot show a static Pod', { pod: key, error })
        queue.retry(key)
      }
      queue.done(key)
    }
  }
  const seeStatic = ({ metadata }: Pod): void => queue.add(keyText(metadata))
  const see = (pod: Pod): void => {
    if (isMirrorPod(pod)) seeStatic(pod)
  }
  const subscriptions = [
    pods.subscribe({ add: see, update: see, delete: see }),
    statics.subscribe({ add: seeStatic, update: seeStatic, delete: seeStatic }),
  ]
  const working = work()
  return {
    find: ({ metadata }) => mirrorNamed(keyText(metadata)),
    touch() {
      for (const pod of statics.list()) seeStatic(pod)
    },
    async [Symbol.asyncDispose]() {
      abort.abort(new Error('The node agent stops'))
      for (const each of [...subscriptions, queue]) each[Symbol.dispose]()
      await working
    },
  }
}

async function create(client: Client, pod: Pod, node: Node, signal: AbortSignal): Promise<void> {
  try {
    await client.create(Pod, mirrorOf(pod, node), { signal })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

async function remove(client: Client, { metadata }: Pod, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid } = metadata
  try {
    await client.delete(
      Pod,
      { name, namespace },
      { gracePeriodSeconds: 0, preconditions: { uid }, signal },
    )
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
