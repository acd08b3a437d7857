import { apiGroup, type ApiGroup } from '../../../schema/resource.ts'
import { ListMeta, ObjectMeta } from '../../meta/v1/object-meta.ts'

const group: ApiGroup<ObjectMeta> = apiGroup(
  { group: 'autoscaling', version: 'v2', package: 'io.k8s.api.autoscaling.v2' },
  ObjectMeta,
  ListMeta,
)

export const { message, resource } = group
