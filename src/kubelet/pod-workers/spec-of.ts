import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../api/core/v1/pod.ts'

/** The declaration of a container of any kind. */
export function specOf({ spec }: Pick<Pod, 'spec'>, name: string): AnyContainer | undefined {
  return [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ].find((each) => each.name === name)
}
