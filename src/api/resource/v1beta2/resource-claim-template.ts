import { ref } from '../../../schema/field.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { ResourceClaimSpec } from './common.ts'
import { message, resource } from './group.ts'
import { ResourceClaimTemplate as StoredResourceClaimTemplate } from '../v1/resource-claim-template.ts'

export class ResourceClaimTemplateSpec extends message(
  'Metadata and spec of the ResourceClaims to make.',
  {
    metadata: ref(
      ObjectMeta,
      1,
      'Labels and annotations that what is made from the template gets.',
    ).written(),
    spec: ref(ResourceClaimSpec, 2, 'Copied unchanged into each ResourceClaim made.').required(),
  },
) {}

export class ResourceClaimTemplate extends resource(
  'From which ResourceClaims are made for individual Pods.',
  {
    plural: 'resourceclaimtemplates',
    namespaced: true,
    storedAs: () => StoredResourceClaimTemplate,
  },
  {
    spec: ref(
      ResourceClaimTemplateSpec,
      2,
      'The ResourceClaim to make. Cannot be changed.',
    ).required(),
  },
) {}
