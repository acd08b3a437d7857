import { apiGroup, type ApiGroup } from '../../../schema/resource.ts'
import { ListMeta, ObjectMeta } from '../../meta/v1/object-meta.ts'

const group: ApiGroup<ObjectMeta> = apiGroup(
  {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    package: 'io.k8s.metrics.pkg.apis.metrics.v1beta1',
  },
  ObjectMeta,
  ListMeta,
)

export const { message, resource } = group
