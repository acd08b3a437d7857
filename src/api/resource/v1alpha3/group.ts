import { apiGroup, type ApiGroup } from '../../../schema/resource.ts'
import { ListMeta, ObjectMeta } from '../../meta/v1/object-meta.ts'

const group: ApiGroup<ObjectMeta> = apiGroup(
  { group: 'resource.k8s.io', version: 'v1alpha3', package: 'io.k8s.api.resource.v1alpha3' },
  ObjectMeta,
  ListMeta,
)

export const { message, resource } = group
