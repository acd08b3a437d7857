import { bytes, int32, listOf, ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { message } from './group.ts'

export class MatchCondition extends message(
  'A CEL condition that a request must meet to be considered.',
  {
    name: string(
      1,
      'Name of the condition, unique in the list. Used in errors and logs.',
    ).required(),
    expression: string(
      2,
      'CEL expression yielding a bool, over object, oldObject, request and authorizer.',
    ).required(),
  },
) {}

export class NamedRuleWithOperations extends message(
  'Operations and resources, optionally limited to named objects.',
  {
    resourceNames: listOf(
      'string',
      1,
      'Names of the only objects that match. All names match when empty.',
    ).atomic(),
    operations: listOf(
      'string',
      1,
      'Operations that match: CREATE, UPDATE, DELETE, CONNECT, or * for all. Required.',
    )
      .atomic()
      .oneOf('*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT')
      .within(2),
    apiGroups: listOf('string', 1, 'API groups of the resources. * stands for all. Required.')
      .atomic()
      .within(2, 2),
    apiVersions: listOf('string', 2, 'API versions of the resources. * stands for all. Required.')
      .atomic()
      .within(2, 2),
    resources: listOf(
      'string',
      3,
      'Resources that match, such as pods, pods/log, */scale or *. Required.',
    )
      .atomic()
      .within(2, 2),
    scope: string(4, 'Whether Cluster or Namespaced resources match, or * for both. Defaults to *.')
      .oneOf('Cluster', 'Namespaced', '*')
      .pointer()
      .within(2, 2),
  },
  { atomic: true },
) {}

export class MatchResources extends message(
  'Which requests a policy or binding applies to.',
  {
    namespaceSelector: ref(
      LabelSelector,
      1,
      'Labels of the namespaces considered. All are when empty; cluster-scoped objects are never skipped by it.',
    ),
    objectSelector: ref(
      LabelSelector,
      2,
      'Labels that the new or the old object must have. All objects match when empty.',
    ),
    resourceRules: listOf(
      NamedRuleWithOperations,
      3,
      'Operations and resources that match. Any one rule is enough.',
    ).atomic(),
    excludeResourceRules: listOf(
      NamedRuleWithOperations,
      4,
      'Operations and resources left out, even when resourceRules match.',
    ).atomic(),
    matchPolicy: string(
      7,
      'Exact takes rules literally; Equivalent also matches the same resource in other groups or versions. Defaults to Equivalent.',
    )
      .oneOf('Exact', 'Equivalent')
      .pointer(),
  },
  { atomic: true },
) {}

export class ParamKind extends message(
  'The kind of object that parameterizes a policy.',
  {
    apiVersion: string(1, 'API group and version of the kind, such as group/version. Required.'),
    kind: string(2, 'Kind of the objects that hold parameters. Required.'),
  },
  { atomic: true },
) {}

export class Variable extends message(
  'A named CEL expression that other expressions can use.',
  {
    name: string(
      1,
      'Name of the variable, a unique CEL identifier. Used as variables.NAME.',
    ).required(),
    expression: string(
      2,
      'CEL expression giving the value. It can use variables defined before it.',
    ).required(),
  },
  { atomic: true },
) {}

export class ParamRef extends message(
  'Picks the parameter objects, by name or by labels.',
  {
    name: string(1, 'Name of the parameter object. Excludes selector.'),
    namespace: string(
      2,
      'Namespace of the parameter object. Defaults to that of the object being admitted; must be unset for cluster-scoped kinds.',
    ),
    selector: ref(
      LabelSelector,
      3,
      'Labels of the parameter objects; the policy is evaluated with each match. Excludes name.',
    ),
    parameterNotFoundAction: string(
      4,
      'Whether requests pass (Allow) or follow failurePolicy (Deny) when no parameter object is found. Required.',
    ).pointer(),
  },
  { atomic: true },
) {}

export class RuleWithOperations extends message(
  'Operations on resources. A request must match on every part.',
  {
    operations: listOf(
      'string',
      1,
      'Operations that match: CREATE, UPDATE, DELETE, CONNECT, or * for all. Required.',
    )
      .atomic()
      .oneOf('*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
    apiGroups: listOf('string', 1, 'API groups of the resources. * stands for all. Required.')
      .atomic()
      .within(2),
    apiVersions: listOf('string', 2, 'API versions of the resources. * stands for all. Required.')
      .atomic()
      .within(2),
    resources: listOf(
      'string',
      3,
      'Resources that match, such as pods, pods/log, */scale or *. Required.',
    )
      .atomic()
      .within(2),
    scope: string(4, 'Whether Cluster or Namespaced resources match, or * for both. Defaults to *.')
      .oneOf('Cluster', 'Namespaced', '*')
      .pointer()
      .within(2),
  },
) {}

export class ServiceReference extends message('Points at a Service that the API server calls.', {
  namespace: string(1, 'Namespace of the Service to call.').required(),
  name: string(2, 'Name of the Service to call.').required(),
  path: string(3, 'URL path to send requests to. Optional.').pointer(),
  port: int32(4, 'Port of the Service, from 1 to 65535. Defaults to 443.').pointer(),
}) {}

export class WebhookClientConfig extends message(
  'How to reach a webhook. Set exactly one of url and service.',
  {
    url: string(
      3,
      'Address of the webhook, an https URL without user, query or fragment.',
    ).pointer(),
    service: ref(ServiceReference, 1, 'A Service in the cluster that runs the webhook.'),
    caBundle: bytes(
      2,
      'PEM certificates used to verify the server of the webhook. Defaults to the system roots.',
    ),
  },
) {}

export class Rule extends message(
  'API groups, versions and resources. A request must match on each of them.',
  {
    apiGroups: listOf(
      'string',
      1,
      'API groups of the resources. * stands for all. Required.',
    ).atomic(),
    apiVersions: listOf(
      'string',
      2,
      'API versions of the resources. * stands for all. Required.',
    ).atomic(),
    resources: listOf(
      'string',
      3,
      'Resources that match, such as pods, pods/log, */scale or *. Required.',
    ).atomic(),
    scope: string(4, 'Whether Cluster or Namespaced resources match, or * for both. Defaults to *.')
      .oneOf('Cluster', 'Namespaced', '*')
      .pointer()
      .default('*'),
  },
) {}
