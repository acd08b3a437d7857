import type { Container, EphemeralContainer } from './container.ts'
import type { PodSpec } from './pod-spec.ts'

/** A container of any kind: what the kinds share. */
export type AnyContainer = Container | EphemeralContainer

type Containers = Pick<PodSpec, 'containers' | 'initContainers' | 'ephemeralContainers'>

/** All containers of a Pod with their paths: init containers, then the regular ones, then ephemeral ones. */
export function containersOf(
  spec: Containers,
  path = 'spec',
): readonly (readonly [AnyContainer, string])[] {
  return [
    ...(spec.initContainers ?? []).map(
      (each, i) => [each, `${path}.initContainers[${i}]`] as const,
    ),
    ...spec.containers.map((each, i) => [each, `${path}.containers[${i}]`] as const),
    ...(spec.ephemeralContainers ?? []).map(
      (each, i) => [each, `${path}.ephemeralContainers[${i}]`] as const,
    ),
  ]
}

/** Whether an init container stays on beside the regular ones (KEP-753). */
export function isSidecar(container: { readonly restartPolicy?: string }): boolean {
  return container.restartPolicy === 'Always'
}
