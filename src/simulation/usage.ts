import { timestamp, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../apimachinery/status-predicates.ts'
import { CustomResourceDefinition } from '../api/apiextensions/v1/custom-resource-definition.ts'
import type { Pod } from '../api/core/v1/pod.ts'
import type { Client, ObjectKey } from '../client/client.ts'
import type { AnyObject } from '../client/dynamic-class.ts'
import type { Informer } from '../client/informer.ts'
import { keyText } from '../client/object-key.ts'
import { quantityMilliValue } from '../schema/quantity.ts'
import type { ResourceClass } from '../schema/resource.ts'
import { NODE_METRICS, POD_METRICS, USAGE_DEFINITIONS } from './usage-definitions.ts'

export interface UsageOptions {
  readonly client: Client
  readonly clock: Clock
  readonly logger: Logger
  readonly pods: Informer<Pod>
  /** Whether a node is one of ours. */
  readonly isHome: (node: string) => boolean
}

const EVERY_MS = 15_000 // As metrics-server does.
const WINDOW = '15s'
const PREFIXES = ['simulation.trierarch.io/usage-', 'kwok.x-k8s.io/usage-']

type Usage = Readonly<Record<string, string>>

/**
 * Tells what Pods use that say so themselves, by the annotations `kwok.x-k8s.io/usage-cpu` and `usage-memory`, for each
 * of their containers; and what their nodes use. It serves metrics.k8s.io, for `kubectl top` and the autoscaler, from the
 * first such Pod on.
 */
export class UsageReports implements Disposable {
  readonly #options: UsageOptions
  /** The Pods that say what they use, by key. */
  readonly #pods = new Map<string, Pod>()
  /** Whether nodes had a usage, and so need be told of when they have none any more. */
  readonly #nodes = new Set<string>()
  readonly #following: Disposable
  #timer: Disposable | undefined
  #defined: Promise<void> | undefined
  #isDisposed = false

  constructor(options: UsageOptions) {
    this.#options = options
    const see = (pod: Pod): void => this.#see(pod)
    const gone = ({ metadata }: Pod): void => void this.#pods.delete(keyText(metadata))
    this.#following = options.pods.subscribe({ add: see, update: see, delete: gone })
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#following[Symbol.dispose]()
    this.#timer?.[Symbol.dispose]()
  }

  #see(pod: Pod): void {
    const key = keyText(pod.metadata)
    const { phase } = pod.status
    const { nodeName = '' } = pod.spec
    const tells = usageOf(pod) !== undefined && phase === 'Running'
    if (!tells || !this.#options.isHome(nodeName)) return void this.#pods.delete(key)
    const isNew = !this.#pods.has(key)
    this.#pods.set(key, pod)
    if (isNew) this.#timer ??= this.#options.clock.after(0, () => void this.#report())
  }

  async #report(): Promise<void> {
    try {
      await (this.#defined ??= this.#define())
      await Promise.all([...this.#pods.values()].map((pod) => this.#writePod(pod)))
      await this.#writeNodes()
    } catch (error) {
      if (!this.#isDisposed)
        this.#options.logger.warn('cannot tell the usage of Pods', { error: String(error) })
    }
    if (this.#isDisposed) return
    const isIdle = this.#pods.size === 0 && this.#nodes.size === 0
    this.#timer = isIdle
      ? undefined
      : this.#options.clock.after(EVERY_MS, () => void this.#report())
  }

  async #define(): Promise<void> {
    try {
      for (const definition of USAGE_DEFINITIONS)
        await this.#options.client.create(CustomResourceDefinition, definition).catch(ifThere)
    } catch (error) {
      this.#defined = undefined // The next turn tries again.
      throw error
    }
  }

  #writePod(pod: Pod): Promise<void> {
    const { name, namespace, labels, uid } = pod.metadata
    const usage = usageOf(pod)!
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name, uid }]
    const containers = pod.spec.containers.map((each) => ({ name: each.name, usage }))
    return this.#write(
      POD_METRICS,
      { name, ...(namespace !== undefined && { namespace }) },
      {
        metadata: { labels: labels ?? {}, ownerReferences },
        containers,
      },
    )
  }

  async #writeNodes(): Promise<void> {
    const byNode = Map.groupBy(this.#pods.values(), ({ spec }) => spec.nodeName ?? '')
    for (const name of new Set([...this.#nodes, ...byNode.keys()])) {
      const pods = byNode.get(name) ?? []
      const milli = (resource: string): number =>
        pods.reduce((sum, pod) => sum + milliOf(pod, resource), 0)
      const usage = { cpu: `${milli('cpu')}m`, memory: String(Math.ceil(milli('memory') / 1000)) }
      await this.#write(NODE_METRICS, { name }, { usage })
      if (pods.length > 0) this.#nodes.add(name)
      else this.#nodes.delete(name)
    }
  }

  async #write(
    type: ResourceClass<AnyObject>,
    key: ObjectKey,
    fields: { readonly metadata?: object; readonly [field: string]: unknown },
  ): Promise<void> {
    const { client, clock } = this.#options
    const body = { ...fields, timestamp: timestamp(clock), window: WINDOW }
    try {
      await client.patch(type, key, 'merge', body)
    } catch (error) {
      if (!isNotFound(error)) throw error
      const metadata = { ...fields.metadata, ...key }
      // Where the definition is not served yet, the next turn is in time.
      await client.create(type, { ...body, metadata } as never).catch(ifThere)
    }
  }
}

function ifThere(error: unknown): void {
  if (!isAlreadyExists(error) && !isNotFound(error) && !isConflict(error)) throw error
}

/** What each container of a Pod uses; undefined where the Pod says nothing of it. */
function usageOf({ metadata: { annotations = {} } }: Pod): Usage | undefined {
  const found = ['cpu', 'memory'].flatMap((resource) => {
    const prefix = PREFIXES.find((each) => annotations[each + resource] !== undefined)
    return prefix === undefined ? [] : [[resource, annotations[prefix + resource]!] as const]
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}

function milliOf(pod: Pod, resource: string): number {
  const text = usageOf(pod)?.[resource]
  return text === undefined ? 0 : quantityMilliValue(text) * pod.spec.containers.length
}
