import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { ListMeta, ObjectMeta } from '../../../api/meta/v1/object-meta.ts'
import { apiGroup, type ResourceClass, type Subresource } from '../../../schema/resource.ts'
import type { ApiObject } from '../../registry/api-object.ts'
import { openApiSchema } from './openapi-schema.ts'

/** The class of one version of a custom resource, named as has been accepted. */
export function customClass(
  definition: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
): ResourceClass<ApiObject> {
  const { spec, status } = definition
  const { group, scope } = spec
  const { plural, singular = '', kind, listKind, shortNames, categories } = status.acceptedNames
  const reversed = group.split('.').toReversed().join('.')
  const schema = version.schema?.openAPIV3Schema
  const declare = apiGroup(
    { group, version: version.name, package: `${reversed}.${version.name}` },
    ObjectMeta,
    ListMeta,
  )
  const base = declare.resource(
    schema?.description ?? '',
    {
      plural,
      singular,
      shortNames: shortNames ?? [],
      categories: categories ?? [],
      namespaced: scope === 'Namespaced',
      subresources: subresourcesOf(version),
    },
    {},
  )
  // The names are the kind's own, which only its definition knows.
  const type = class extends base {}
  Object.defineProperty(type, 'name', { value: kind })
  const storage = spec.versions.find((each) => each.storage)
  if (storage && storage !== version) {
    const storedAs = (): ResourceClass<ApiObject> => customClass(definition, storage)
    Object.defineProperty(type, 'resource', { value: { ...type.resource, storedAs } })
  }
  Object.defineProperty(type, 'info', {
    value: {
      ...base.info,
      openApi: (of: 2 | 3) => ({ ...openApiSchema(schema, of), ...selectable(version) }),
    },
  })
  Object.defineProperty(type.list, 'name', { value: listKind || `${kind}List` })
  return type
}

/** OpenAPI tells by which fields objects can be selected. */
function selectable({ selectableFields: fields = [] }: CustomResourceDefinitionVersion): object {
  if (fields.length === 0) return {}
  const told = fields.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, '') }))
  return { 'x-kubernetes-selectable-fields': told }
}

function subresourcesOf({
  subresources,
}: CustomResourceDefinitionVersion): (
  | string
  | (Partial<Subresource> & { readonly name: string })
)[] {
  const scale = { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }
  return [...(subresources?.status ? ['status'] : []), ...(subresources?.scale ? [scale] : [])]
}
