import type { PodTemplateSpec } from '../../api/core/v1/common.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import { controllerReferenceTo } from '../../apimachinery/owner-references.ts'
import type { Input } from '../../schema/message.ts'
import type { Owner } from './claim.ts'

/** The Pod that an owner makes of its template. Its name is the owner's and a random suffix. */
export function podFrom(owner: Owner, template: PodTemplateSpec): Input<Pod> {
  const { labels, annotations, finalizers } = template.metadata
  return {
    metadata: {
      namespace: owner.metadata.namespace,
      generateName: podNamePrefix(owner.metadata.name),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReferenceTo(owner)],
    },
    spec: template.spec,
  }
}

// A name that allows no hyphen after it is used as it is.
function podNamePrefix(name: string): string {
  return dns1123SubdomainProblems(`${name}-x`).length > 0 ? name : `${name}-`
}
