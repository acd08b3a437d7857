import { randomInt, type Random } from '../../src/base/random.ts'
import { reasonOf } from '../../src/apimachinery/status-predicates.ts'
import { findStatusError } from '../../src/apimachinery/status-error.ts'
import { CronJob } from '../../src/api/batch/v1/cron-job.ts'
import { Job } from '../../src/api/batch/v1/job.ts'
import { DaemonSet } from '../../src/api/apps/v1/daemon-set.ts'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { StatefulSet } from '../../src/api/apps/v1/stateful-set.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { PodDisruptionBudget } from '../../src/api/policy/v1/pod-disruption-budget.ts'
import type { Client } from '../../src/client/client.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'
import { tryAll } from '../controller-properties/refusals.ts'
import { budget, cronJob, daemonSet, deployment, job, statefulSet, type Named } from './objects.ts'

export const FREE = 'default'
/** The namespace with a quota. */
export const LIMITED = 'limited'

const NAMES = 4 // Of each kind, so that operations meet.
const REPLICAS_MAX = 6

/** What the user knows of a ConfigMap: what was acknowledged last, unless a later call's fate is unknown. */
type Known = { readonly value: string | undefined } | 'unknown'

/** A user who does things at random, and remembers what was acknowledged. */
export class Workload {
  readonly #client: Client
  readonly #random: Random
  readonly #known = new Map<string, Known>()
  #calls = 0

  constructor(client: Client, random: Random) {
    this.#client = client
    this.#random = random
  }

  /** Calls so far. */
  get calls(): number {
    return this.#calls
  }

  /** What each ConfigMap must hold; undefined where it must be gone. */
  known(): ReadonlyMap<string, string | undefined> {
    const sure = [...this.#known].flatMap(([name, known]) =>
      known === 'unknown' ? [] : [[name, known.value] as const],
    )
    return new Map(sure)
  }

  /** Does one thing. Refusals and lost calls are part of life; anything else is a fault of the server, and thrown. */
  async act(): Promise<void> {
    this.#calls += 1
    const actions = [
      () => this.#configMap(),
      () => this.#configMap(),
      () => this.#deployment(),
      () => this.#deployment(),
      () => this.#statefulSet(),
      () => this.#statefulSet(),
      () => this.#job(),
      () => this.#daemonSet(),
      () => this.#budget(),
      () => this.#evict(),
    ]
    try {
      await actions[randomInt(this.#random, actions.length)]!()
    } catch (error) {
      if (!isPartOfLife(error)) throw error
    }
  }

  async #configMap(): Promise<void> {
    const key = { namespace: FREE, name: `config-${this.#pick(NAMES * 3)}` }
    const before = this.#known.get(key.name)
    this.#known.set(key.name, 'unknown')
    try {
      this.#known.set(key.name, { value: await this.#writeConfigMap(key) })
    } catch (error) {
      // A refusal changes nothing; of a lost call nobody knows.
      if (before !== undefined && isRefusal(error)) this.#known.set(key.name, before)
      else if (before === undefined && reasonOf(error) === 'NotFound') this.#known.delete(key.name)
      throw error
    }
  }

  async #writeConfigMap(key: Named): Promise<string | undefined> {
    const value = String(this.#calls)
    switch (this.#pick(3)) {
      case 0:
        await this.#client.create(ConfigMap, { metadata: key, data: { value } })
        return value
      case 1:
        await this.#client.patch(ConfigMap, key, 'merge', { data: { value } })
        return value
      default:
        await this.#client.delete(ConfigMap, key)
        return undefined
    }
  }

  async #deployment(): Promise<void> {
    const key = this.#key('web')
    const [surge, unavailable] = [
      [1, 0],
      [0, 1],
      [2, 1],
    ][this.#pick(3)] as [number, number]
    await this.#change(Deployment, key, () => deployment(key, this.#replicas(), surge, unavailable))
  }

  async #statefulSet(): Promise<void> {
    const key = { ...this.#key('db'), namespace: FREE }
    await this.#change(StatefulSet, key, () =>
      statefulSet(key, this.#replicas(), this.#pick(2) === 0),
    )
  }

  async #daemonSet(): Promise<void> {
    const key = { namespace: FREE, name: 'agent' }
    await this.#change(DaemonSet, key, () => daemonSet(key))
  }

  async #budget(): Promise<void> {
    const key = { ...this.#key('web'), namespace: FREE }
    if (this.#pick(3) === 0) await this.#client.delete(PodDisruptionBudget, key)
    else await this.#client.create(PodDisruptionBudget, budget(key, 1))
  }

  /** Evicts some Pods of a Deployment at once. */
  async #evict(): Promise<void> {
    const app = this.#key('web').name
    const { items } = await this.#client.list(Pod, { namespace: FREE, labelSelector: `app=${app}` })
    const chosen = items.filter(() => this.#pick(2) === 0)
    await tryAll(
      chosen.map(({ metadata: { namespace, name } }) =>
        this.#client.createSubresource(Pod, { namespace, name }, 'eviction', {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { namespace, name },
        }),
      ),
    )
  }

  async #job(): Promise<void> {
    const key = { ...this.#key('task'), namespace: FREE }
    switch (this.#pick(4)) {
      case 0:
        await this.#client.delete(Job, key, { propagationPolicy: 'Background' })
        return
      case 1:
        await this.#client.create(CronJob, cronJob({ ...key, name: 'tick' }))
        return
      default:
        await this.#client.create(Job, job(key, 1 + this.#pick(5), 1 + this.#pick(3)))
    }
  }

  /** Creates, scales, rolls out or deletes a workload. */
  async #change<T>(type: ResourceClass<T>, key: Named, make: () => object): Promise<void> {
    const client = this.#client
    switch (this.#pick(6)) {
      case 0:
        await client.delete(type, key, {
          propagationPolicy: this.#pick(2) === 0 ? 'Foreground' : 'Background',
        })
        return
      case 1:
        await this.#rollOut(type, key)
        return
      case 2:
        if ((type as unknown) === DaemonSet) return
        await client.patch(type, key, 'merge', { spec: { replicas: this.#replicas() } })
        return
      default:
        await client.create(type, make() as never)
    }
  }

  async #rollOut<T>(type: ResourceClass<T>, key: Named): Promise<void> {
    const image = `example:${this.#calls}`
    const containers = [{ name: 'main', image }]
    const patch = { spec: { template: { spec: { containers } } } }
    await this.#client.patch(type, key, 'strategic', patch)
  }

  #key(prefix: string): Named {
    const namespace = this.#pick(4) === 0 ? LIMITED : FREE
    return { namespace, name: `${prefix}-${this.#pick(NAMES)}` }
  }

  #replicas(): number {
    return this.#pick(REPLICAS_MAX + 1)
  }

  #pick(limit: number): number {
    return randomInt(this.#random, limit)
  }
}

const LOST = ['ServiceUnavailable', 'InternalError', 'Timeout', 'ServerTimeout']

function isRefusal(error: unknown): boolean {
  const status = findStatusError(error)?.status
  return status !== undefined && !LOST.includes(status.reason ?? '')
}

function isPartOfLife(error: unknown): boolean {
  const expected = ['AlreadyExists', 'NotFound', 'Conflict', 'Forbidden', 'TooManyRequests']
  return [...LOST, ...expected].includes(reasonOf(error))
}
