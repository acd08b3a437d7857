import type { CustomResourceDefinition } from '../../api/apiextensions/v1/custom-resource-definition.ts'
import { isEstablished } from '../../api/apiextensions/v1/established.ts'
import { customResourceType, resourceType } from '../../cel/admission/resource-type.ts'
import type { DeclaredType, JsonSchema } from '../../cel/index.ts'
import type { ResourceClass, ResourceInfo } from '../../schema/resource.ts'

/** A kind whose objects a policy may be about. */
export interface CheckedKind {
  readonly resource: Pick<ResourceInfo, 'group' | 'version' | 'kind' | 'plural'>
  /** What expressions see; undefined where they see nothing of it. */
  type(): DeclaredType | undefined
}

export function builtInKinds(builtIn: readonly ResourceClass[]): readonly CheckedKind[] {
  return builtIn.map((each) => ({ resource: each.resource, type: () => resourceType(each) }))
}

/** The versions of a custom resource that are served. */
export function customKinds(definition: CustomResourceDefinition): readonly CheckedKind[] {
  if (!isEstablished(definition)) return []
  const { spec, status } = definition
  const { plural, kind } = status.acceptedNames
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name: version, schema }) => ({
      resource: { group: spec.group, version, kind, plural },
      type: () =>
        customResourceType(kind, schema?.openAPIV3Schema as unknown as JsonSchema | undefined),
    }))
}

/** What of a definition its kinds come from. */
export function kindFacts(definition: CustomResourceDefinition): unknown {
  return [definition.spec, definition.status.acceptedNames, isEstablished(definition)]
}
