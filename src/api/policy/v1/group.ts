import { apiGroup, type ApiGroup } from '../../../schema/resource.ts'
import { ListMeta, ObjectMeta } from '../../meta/v1/object-meta.ts'

const group: ApiGroup<ObjectMeta> = apiGroup(
  { group: 'policy', version: 'v1', package: 'io.k8s.api.policy.v1' },
  ObjectMeta,
  ListMeta,
)

export const { message, resource } = group
