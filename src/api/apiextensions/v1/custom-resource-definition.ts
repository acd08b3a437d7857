import { bool, int32, int64, listOf, ref, string, time } from '../../../schema/field.ts'
import { CustomResourceSubresources } from './custom-resource-subresources.ts'
import { CustomResourceValidation } from './custom-resource-validation.ts'
import { WebhookConversion } from './webhook-conversion.ts'
import { message, resource } from './group.ts'

export class CustomResourceColumnDefinition extends message(
  'A column shown when custom objects are listed as a table.',
  {
    name: string(1, 'Heading of the column, as kubectl prints it.').required(),
    type: string(2, 'OpenAPI type of the values, such as string, integer or date.').required(),
    format: string(
      3,
      'OpenAPI format that refines the type. The name format marks the main identifier column.',
    ),
    description: string(4, 'Human-readable explanation of the column.'),
    priority: int32(
      5,
      'Importance of the column; only columns of priority 0 show in the standard view. Defaults to 0.',
    ),
    jsonPath: string(6, 'Simple JSON path of the value, such as .spec.replicas.').required(),
  },
) {}

export class CustomResourceConversion extends message(
  'How custom objects are converted between versions.',
  {
    strategy: string(
      1,
      'None only changes apiVersion; Webhook calls an external service. Defaults to None when no conversion is given.',
    ).required(),
    webhook: ref(
      WebhookConversion,
      2,
      'How to call the conversion webhook. Required when strategy is Webhook.',
    ),
  },
) {}

export class CustomResourceDefinitionNames extends message(
  'The names under which a custom resource is served.',
  {
    plural: string(1, 'Plural name used in URLs, all lower case.').required(),
    singular: string(2, 'Singular name, all lower case. Defaults to the lower-case kind.'),
    shortNames: listOf('string', 3, 'Short aliases usable in kubectl, all lower case.').atomic(),
    kind: string(4, 'Kind of the objects, normally CamelCase and singular.').required(),
    listKind: string(5, 'Kind of lists of the objects. Defaults to the kind with List appended.'),
    categories: listOf(
      'string',
      6,
      'Groups of resources this one belongs to, such as all for kubectl get all.',
    ).atomic(),
  },
) {}

export class SelectableField extends message('A field usable in field selectors.', {
  jsonPath: string(
    1,
    'Simple JSON path of a string, boolean or integer field, such as .spec.color. Cannot be in metadata.',
  ).required(),
}) {}

export class CustomResourceDefinitionVersion extends message(
  'One API version of a custom resource.',
  {
    name: string(
      1,
      'Name of the version, such as v1 or v2beta1. Versions are ordered by stability and number.',
    ).required(),
    served: bool(2, 'Whether this version is available in the API.').required(),
    storage: bool(
      3,
      'Whether objects are stored in this version. True for exactly one version.',
    ).required(),
    deprecated: bool(7, 'When true, requests to this version get a warning. Defaults to false.'),
    deprecationWarning: string(
      8,
      'Overrides the default warning text. Only allowed when deprecated is true.',
    ).pointer(),
    schema: ref(
      CustomResourceValidation,
      4,
      'The schema used to validate, prune and default objects.',
    ),
    subresources: ref(
      CustomResourceSubresources,
      5,
      'The status and scale subresources to offer. None when unset.',
    ),
    additionalPrinterColumns: listOf(
      CustomResourceColumnDefinition,
      6,
      'Columns shown in tables. Only the age is shown, besides the name, when unset.',
    ).atomic(),
    selectableFields: listOf(
      SelectableField,
      9,
      'Fields that can be used in field selectors. At most 8.',
    ).atomic(),
  },
) {}

export class CustomResourceDefinitionSpec extends message(
  'What a CustomResourceDefinition defines.',
  {
    group: string(1, 'API group of the resource. Served under /apis/GROUP.').required(),
    names: ref(
      CustomResourceDefinitionNames,
      3,
      'Plural and singular name, kind, short names and categories of the resource.',
    ).required(),
    scope: string(4, 'Whether objects are Cluster-wide or Namespaced.').required(),
    versions: listOf(
      CustomResourceDefinitionVersion,
      7,
      'The API versions of the resource. Exactly one must have storage set.',
    )
      .atomic()
      .required(),
    conversion: ref(
      CustomResourceConversion,
      9,
      'How objects are converted between versions. Only apiVersion is changed when unset.',
    ),
    preserveUnknownFields: bool(
      10,
      'Whether fields not in the schema are kept. Deprecated and must be false; use x-kubernetes-preserve-unknown-fields.',
    ),
  },
) {}

export class CustomResourceDefinitionCondition extends message(
  'One observed aspect of the state of a CustomResourceDefinition.',
  {
    type: string(
      1,
      'The aspect reported, such as Established, NamesAccepted or Terminating.',
    ).required(),
    status: string(2, 'Whether the condition holds: True, False or Unknown.').required(),
    lastTransitionTime: time(3, 'When the status of this condition last changed.'),
    reason: string(4, 'Machine-readable word for why the status last changed.'),
    message: string(5, 'Human-readable details about the last change.'),
    observedGeneration: int64(6, 'The generation of the spec that this condition was based on.'),
  },
) {}

export class CustomResourceDefinitionStatus extends message(
  'The observed state of a CustomResourceDefinition.',
  {
    conditions: listOf(
      CustomResourceDefinitionCondition,
      1,
      'The latest observed conditions of the CustomResourceDefinition.',
    )
      .written()
      .mapKeys('type'),
    acceptedNames: ref(
      CustomResourceDefinitionNames,
      2,
      'The names actually served, which differ from the spec in case of a conflict.',
    ).written(),
    storedVersions: listOf(
      'string',
      3,
      'All versions in which objects were ever stored. A version may be removed once objects are migrated off it.',
    )
      .atomic()
      .written(),
    observedGeneration: int64(4, 'The generation of the spec that this status reflects.'),
  },
) {}

export class CustomResourceDefinition extends resource(
  'Adds a new resource to the API. Its name must be PLURAL.GROUP.',
  {
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    subresources: ['status'],
  },
  {
    spec: ref(
      CustomResourceDefinitionSpec,
      2,
      'The names, scope and versions of the resource.',
    ).required(),
    status: ref(
      CustomResourceDefinitionStatus,
      3,
      'Whether the resource is served and under which names.',
    ).written(),
  },
) {}
