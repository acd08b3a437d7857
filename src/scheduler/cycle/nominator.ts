import type { PodInfo } from '../cache/pod-info.ts'

/** Pods that others have made way for, and the nodes kept for them until they get there. */
export class Nominator {
  readonly #byNode = new Map<string, Map<string, PodInfo>>()
  readonly #nodeOf = new Map<string, string>()
  readonly #changed: (nodeName: string) => void

  /** `changed` is told of each node that is kept for others now than before. */
  constructor(changed: (nodeName: string) => void) {
    this.#changed = changed
  }

  set(info: PodInfo, nodeName: string): void {
    this.delete(info.uid)
    if (nodeName === '') return
    this.#nodeOf.set(info.uid, nodeName)
    const pods = this.#byNode.get(nodeName)
    if (pods) pods.set(info.uid, info)
    else this.#byNode.set(nodeName, new Map([[info.uid, info]]))
    this.#changed(nodeName)
  }

  delete(uid: string): void {
    const nodeName = this.#nodeOf.get(uid)
    if (nodeName === undefined) return
    this.#nodeOf.delete(uid)
    const pods = this.#byNode.get(nodeName)
    pods?.delete(uid)
    if (pods?.size === 0) this.#byNode.delete(nodeName)
    this.#changed(nodeName)
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid)
  }

  /** Undefined where there are none. */
  on(nodeName: string): ReadonlyMap<string, PodInfo> | undefined {
    return this.#byNode.get(nodeName)
  }
}
