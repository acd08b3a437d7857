import { Pod } from '../../../api/core/v1/pod.ts'
import { containersOf } from '../../../api/core/v1/pod-containers.ts'
import { isExtended } from '../../../api/core/v1/resource-names.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'

/** Lets Pods that ask for a special device onto nodes that are kept for it, by a taint of its name. Off unless asked for. */
export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  operations: ['CREATE', 'UPDATE'],
  admit(attributes) {
    if (!isAbout(attributes, Pod)) return unchanged(attributes)
    const pod = objectOf(attributes, Pod)
    const { tolerations = [] } = pod.spec
    const missing = extendedResources(pod).filter(
      (name) =>
        !tolerations.some(
          ({ key, operator, effect }) => key === name && operator === 'Exists' && !effect,
        ),
    )
    if (missing.length === 0) return unchanged(attributes)
    const added = missing.map((key) => ({ key, operator: 'Exists' }))
    return admitted({ ...pod, spec: { ...pod.spec, tolerations: [...tolerations, ...added] } })
  },
}

function extendedResources({ spec }: Pod): readonly string[] {
  const names = containersOf(spec).flatMap(([container]) =>
    Object.keys(('resources' in container ? container.resources?.requests : undefined) ?? {}),
  )
  return [...new Set(names)].filter(isExtended).toSorted()
}
