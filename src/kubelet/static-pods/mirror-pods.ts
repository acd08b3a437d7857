import type { Node } from '../../api/core/v1/node.ts'
import { Pod } from '../../api/core/v1/pod.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/status-predicates.ts'
import { backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informer.ts'
import { mirrorOf, planMirror } from './plan-mirror.ts'
import type { PodSource } from './pod-source.ts'
import { fullName, isMirrorPod } from './static-pod.ts'

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
export interface MirrorPods extends Disposable {
  /** The Pod in the API that shows a static one; undefined while there is none. */
  find(pod: Pod): Pod | undefined
  /** Tries again what could not be done, as when the Node was not registered yet. */
  touch(): void
}

export function startMirrorPods(options: MirrorPodsOptions): MirrorPods {
  const { clock, logger, pods, statics } = options
  const working = new Map<string, { isStale: boolean }>() // By full name; stale: something has happened meanwhile.
  const failures = new Map<string, number>()
  const timers = new Map<string, Disposable>()
  let isDisposed = false

  const mirrorNamed = (name: string): Pod | undefined =>
    pods.cache.list().find((pod) => isMirrorPod(pod) && fullName(pod) === name)
  const look = (name: string): void => {
    if (isDisposed) return
    const before = working.get(name)
    if (before) {
      before.isStale = true
      return
    }
    const pod = statics.list().find((each) => fullName(each) === name)
    const mirror = mirrorNamed(name)
    const plan = planMirror(pod, mirror)
    const node = options.node()
    if (plan === 'keep' || !node) return
    const current = { isStale: false }
    working.set(name, current)
    const work =
      plan === 'create' ? create(options.client, pod!, node) : remove(options.client, mirror!)
    work.then(
      () => {
        failures.delete(name)
        working.delete(name)
        // What was done is seen in the cache later, and looked at then.
        if (current.isStale) look(name)
      },
      (error: unknown) => {
        const count = (failures.get(name) ?? 0) + 1
        failures.set(name, count)
        logger.debug('Cannot show a static Pod', { pod: name, error })
        working.delete(name)
        timers.set(
          name,
          clock.after(backoffMs(RETRY, count), () => look(name)),
        )
      },
    )
  }
  const see = (pod: Pod): void => {
    if (isMirrorPod(pod)) look(fullName(pod))
  }
  const seeStatic = (pod: Pod): void => look(fullName(pod))
  const subscriptions = [
    pods.subscribe({ add: see, update: see, delete: see }),
    statics.subscribe({ add: seeStatic, update: seeStatic, delete: seeStatic }),
  ]
  return {
    find: (pod) => mirrorNamed(fullName(pod)),
    touch() {
      for (const pod of statics.list()) seeStatic(pod)
    },
    [Symbol.dispose]() {
      isDisposed = true
      for (const each of [...subscriptions, ...timers.values()]) each[Symbol.dispose]()
    },
  }
}

async function create(client: Client, pod: Pod, node: Node): Promise<void> {
  try {
    await client.create(Pod, mirrorOf(pod, node))
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
}

async function remove(client: Client, { metadata }: Pod): Promise<void> {
  const { name, namespace, uid } = metadata
  try {
    await client.delete(Pod, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}
