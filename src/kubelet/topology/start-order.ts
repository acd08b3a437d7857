import type { Container } from '../../api/core/v1/container.ts'
import { isSidecar } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'

/** A container, and whether it ends before those after it start, so that they can have what it had. */
export interface StartingContainer {
  readonly container: Container
  readonly isPassing: boolean
}

/** The containers of a Pod as they start. */
export function inStartOrder({ spec }: Pod): readonly StartingContainer[] {
  return [
    ...(spec.initContainers ?? []).map((container) => ({
      container,
      isPassing: !isSidecar(container),
    })),
    ...spec.containers.map((container) => ({ container, isPassing: false })),
  ]
}

/** What those before `container` had and it can have again: what nobody else took on since. */
export function leftBefore<T>(
  pod: Pod,
  { name }: Pick<Container, 'name'>,
  had: (container: string) => Iterable<T>,
): ReadonlySet<T> {
  let left: ReadonlySet<T> = new Set()
  for (const { container, isPassing } of inStartOrder(pod)) {
    if (container.name === name) break
    const own = new Set(had(container.name))
    left = isPassing ? own.union(left) : left.difference(own)
  }
  return left
}

/** The most that a Pod needs at any time, of what its containers need. */
export function mostAtOnce(pod: Pod, needs: (container: Container) => number): number {
  let [lasting, most] = [0, 0]
  for (const { container, isPassing } of inStartOrder(pod)) {
    const need = needs(container)
    if (!isPassing) lasting += need
    most = Math.max(most, isPassing ? lasting + need : lasting)
  }
  return most
}
