import type { Cluster } from '../../src/index.ts'
import { randomInt, type Random } from '../../src/base/random.ts'

// One at a time, and with a pause, so that nobody is without news of a node for its whole grace, and takes it for lost.
const LASTS_MS_MAX = 30_000
const PAUSE_MS = 15_000
const SHARE = 0.1
const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

/** What may go wrong with a control plane while its nodes stay well: restarts, stale caches, lost connections and calls. */
export class Trouble implements Disposable {
  readonly #cluster: Cluster
  readonly #random: Random
  readonly #lasting = new DisposableStack()
  readonly #failed: (error: unknown) => void
  #calmFromMs = 0

  constructor(cluster: Cluster, random: Random, failed: (error: unknown) => void) {
    this.#cluster = cluster
    this.#random = random
    this.#failed = failed
  }

  strike(): void {
    const { fail } = this.#cluster
    switch (randomInt(this.#random, 5)) {
      case 0:
        // Under a virtual clock it may take time, which others move on.
        fail.restart(this.#component()).catch(this.#failed)
        return
      case 1:
        return this.#forAWhile(() => fail.freezeWatches(this.#component()))
      case 2:
        return this.#forAWhile(() => fail.partition(this.#component()))
      case 3:
        return this.#forAWhile(() => fail.calls({ user, share: SHARE, error: this.#lost() }))
      default:
        fail.dropWatches({ user })
    }
  }

  /** Ends all that lasts. */
  [Symbol.dispose](): void {
    this.#lasting.dispose()
  }

  #forAWhile(begin: () => Disposable): void {
    const { clock } = this.#cluster
    if (clock.now() < this.#calmFromMs) return
    const ms = randomInt(this.#random, LASTS_MS_MAX)
    const fault = this.#lasting.use(begin())
    clock.after(ms, () => fault[Symbol.dispose]())
    this.#calmFromMs = clock.now() + ms + PAUSE_MS
  }

  #lost() {
    return randomInt(this.#random, 2) === 0 ? 'request lost' : 'answer lost'
  }

  #component() {
    return COMPONENTS[randomInt(this.#random, COMPONENTS.length)]!
  }
}

/** The controllers and the scheduler: nodes stay well, and those who look on too. */
function user(name: string): boolean {
  return name.startsWith('system:kube-') || name.startsWith('system:serviceaccount:kube-system:')
}
