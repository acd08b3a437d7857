import type { Pod } from '../../api/core/v1/pod.ts'

/** Told of the Pods of a source: first of those there are. */
export interface PodHandlers {
  add(pod: Pod): void
  update(pod: Pod): void
  delete(pod: Pod): void
}

/** Where Pods of the node come from. */
export interface PodSource {
  list(): readonly Pod[]
  subscribe(handlers: PodHandlers): Disposable
}
