import type { Cluster } from '../../src/index.ts'
import { randomInt, type Random } from '../../src/base/random.ts'

const SHARE = 0.1
const DELAY_MS_MAX = 2000
const LASTS_MS_MAX = 120_000
const NODE_LASTS_MS_MAX = 600_000 // Long enough that Pods are given up.

/** Has things go wrong with a cluster at random, for a while each. */
export class Disasters implements Disposable {
  readonly #cluster: Cluster
  readonly #random: Random
  readonly #failed: (error: unknown) => void
  readonly #lasting = new Set<Disposable>()
  #off = new Set<string>()

  constructor(cluster: Cluster, random: Random, failed: (error: unknown) => void) {
    this.#cluster = cluster
    this.#random = random
    this.#failed = failed
  }

  /** The nodes that are switched off. */
  get nodesOff(): ReadonlySet<string> {
    return this.#off
  }

  strike(): void {
    const { fail } = this.#cluster
    switch (this.#pick(7)) {
      case 0:
        return this.#node()
      case 1:
        return this.#for(LASTS_MS_MAX, fail.partition(this.#component()))
      case 2:
        // Under a virtual clock it may take time, which others move on.
        fail.restart(this.#component()).catch(this.#failed)
        return
      case 3:
        return this.#for(
          LASTS_MS_MAX,
          fail.calls({ user, share: SHARE, delayMs: this.#pick(DELAY_MS_MAX) }),
        )
      case 4:
        return this.#for(LASTS_MS_MAX, fail.calls({ user, share: SHARE, error: 'request lost' }))
      case 5:
        return this.#for(LASTS_MS_MAX, fail.calls({ user, share: SHARE, error: 'answer lost' }))
      default:
        fail.dropWatches()
    }
  }

  /** Ends all that lasts. */
  [Symbol.dispose](): void {
    for (const each of this.#lasting) each[Symbol.dispose]()
    this.#lasting.clear()
  }

  #node(): void {
    const name = `node-${this.#pick(this.#cluster.nodeNames.length + this.#off.size) + 1}`
    if (this.#off.has(name) || this.#cluster.nodeNames.length <= 1) return
    const off = this.#cluster.fail.node(name)
    this.#off.add(name)
    this.#for(NODE_LASTS_MS_MAX, {
      [Symbol.dispose]: () => {
        this.#off.delete(name)
        off[Symbol.dispose]()
      },
    })
  }

  #for(msMax: number, fault: Disposable): void {
    const end = (): void => {
      if (this.#lasting.delete(fault)) fault[Symbol.dispose]()
    }
    this.#lasting.add(fault)
    this.#cluster.clock.after(this.#pick(msMax), end)
  }

  #component() {
    return COMPONENTS[this.#pick(COMPONENTS.length)]!
  }

  #pick(limit: number): number {
    return randomInt(this.#random, limit)
  }
}

const COMPONENTS = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
] as const

/** Everybody but those who only look on. */
function user(name: string): boolean {
  return name !== 'system:apiserver' && name !== 'kubernetes-admin'
}
