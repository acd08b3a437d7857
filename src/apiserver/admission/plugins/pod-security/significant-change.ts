import type { AnyContainer } from '../../../../api/core/v1/pod-containers.ts'
import { containersOf } from '../../../../api/core/v1/pod-containers.ts'
import type { Pod } from '../../../../api/core/v1/pod.ts'
import { SECCOMP_CONTAINER } from './baseline.ts'

/** Whether an update changes what a standard looks at. A Pod that was there before the standard may get labels even so. */
export function isSignificantChange(pod: Pod, old: Pod): boolean {
  const before = containers(old)
  if (count(pod) !== count(old)) return true
  return [...containers(pod)].some(([key, container]) => {
    const was = before.get(key)
    const annotation = SECCOMP_CONTAINER + container.name
    return (
      was?.image !== container.image ||
      pod.metadata.annotations?.[annotation] !== old.metadata.annotations?.[annotation]
    )
  })
}

function containers({ spec }: Pod): ReadonlyMap<string, AnyContainer> {
  return new Map(
    containersOf(spec).map(([container, path]) => [`${path} ${container.name}`, container]),
  )
}

// Ephemeral containers only come, and are looked at one by one.
function count({ spec }: Pod): string {
  return `${spec.containers.length} ${spec.initContainers?.length ?? 0}`
}
