import { apiGroup, type ApiGroup } from '../../../schema/resource.ts'
import { ListMeta, ObjectMeta } from '../../meta/v1/object-meta.ts'

const group: ApiGroup<ObjectMeta> = apiGroup(
  { group: 'discovery.k8s.io', version: 'v1', package: 'io.k8s.api.discovery.v1' },
  ObjectMeta,
  ListMeta,
)

export const { message, resource } = group
