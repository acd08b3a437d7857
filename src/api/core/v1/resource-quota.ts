import { listOf, mapOf, ref } from '../../../schema/field.ts'
import { QUOTA_SCOPES, ScopeSelector } from './selector.ts'
import { message, resource } from './group.ts'

export class ResourceQuotaSpec extends message('Limits that a ResourceQuota sets.', {
  hard: mapOf('quantity', 1, 'Most that may be used, by resource.'),
  scopes: listOf(
    'string',
    2,
    'Scopes an object must match to be counted. Unset counts all objects.',
  )
    .atomic()
    .oneOf(...QUOTA_SCOPES),
  scopeSelector: ref(
    ScopeSelector,
    3,
    'Scopes with operators and values an object must match, in addition to scopes.',
  ),
}) {}

export class ResourceQuotaStatus extends message(
  'Enforced limits and current use of a ResourceQuota.',
  {
    hard: mapOf('quantity', 1, 'Limits being enforced, by resource.'),
    used: mapOf('quantity', 2, 'Total in use in the namespace, by resource.'),
  },
) {}

export class ResourceQuota extends resource(
  'Limits the total resources used in a namespace.',
  { plural: 'resourcequotas', shortNames: ['quota'], namespaced: true, subresources: ['status'] },
  {
    spec: ref(ResourceQuotaSpec, 2, 'The limits on what the namespace may use in sum.').written(),
    status: ref(ResourceQuotaStatus, 3, 'Enforced limits and current use.').written(),
  },
) {}
