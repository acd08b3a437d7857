import type { PodInfo } from '../cache/pod-info.ts'

/** Pods that others have made way for, and the nodes kept for them until they get there. */
export class Nominator {
  readonly #byNode = new Map<string, Map<string, PodInfo>>()
  readonly #nodeOf = new Map<string, string>()

  set(info: PodInfo, nodeName: string): void {
    this.delete(info.uid)
    if (nodeName === '') return
    this.#nodeOf.set(info.uid, nodeName)
    const pods = this.#byNode.get(nodeName)
    if (pods) pods.set(info.uid, info)
    else this.#byNode.set(nodeName, new Map([[info.uid, info]]))
  }

  delete(uid: string): void {
    const nodeName = this.#nodeOf.get(uid)
    if (nodeName === undefined) return
    this.#nodeOf.delete(uid)
    const pods = this.#byNode.get(nodeName)
    pods?.delete(uid)
    if (pods?.size === 0) this.#byNode.delete(nodeName)
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid)
  }

  get isEmpty(): boolean {
    return this.#byNode.size === 0
  }

  on(nodeName: string): Iterable<PodInfo> {
    return this.#byNode.get(nodeName)?.values() ?? []
  }
}
