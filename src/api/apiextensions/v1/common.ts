import {
  bool,
  double,
  int32,
  int64,
  json,
  jsonSchemaPropsOrArray,
  jsonSchemaPropsOrBool,
  lazyListOf,
  lazyMapOf,
  lazyRef,
  listOf,
  mapOf,
  ref,
  string,
} from '../../../schema/field.ts'
import type { MessageClass } from '../../../schema/message.ts'
import { message } from './group.ts'

export class ServiceReference extends message('Points at a Service that the API server calls.', {
  namespace: string(1, 'Namespace of the Service to call.').required(),
  name: string(2, 'Name of the Service to call.').required(),
  path: string(3, 'URL path to send requests to. Optional.').pointer(),
  port: int32(4, 'Port of the Service, from 1 to 65535. Defaults to 443.').pointer(),
}) {}

export class CustomResourceSubresourceScale extends message(
  'How the scale subresource maps to fields of a custom object.',
  {
    specReplicasPath: string(
      1,
      'JSON path of the wanted replica count, under .spec and without array notation.',
    ).required(),
    statusReplicasPath: string(
      2,
      'JSON path of the observed replica count, under .status and without array notation. A missing value counts as 0.',
    ).required(),
    labelSelectorPath: string(
      3,
      'JSON path of the serialized label selector, under .status or .spec. Needed for autoscaling.',
    ).pointer(),
  },
) {}

export class CustomResourceSubresourceStatus extends message(
  'Turns on the status subresource. Has no settings.',
  {},
) {}

export class ExternalDocumentation extends message('Points at documentation kept elsewhere.', {
  description: string(1, 'What the linked documentation explains.'),
  url: string(2, 'Address at which the documentation is found.'),
}) {}

export class ValidationRule extends message('A CEL rule on a value in a custom object.', {
  rule: string(
    1,
    'CEL expression that must yield true. The value is self, and its old value oldSelf.',
  ).required(),
  message: string(
    2,
    'Text shown when the rule fails, on one line. Defaults to one quoting the rule.',
  ),
  messageExpression: string(
    3,
    'CEL expression yielding the failure text. Takes precedence over message, which is the fallback on errors.',
  ),
  reason: string(4, 'Machine-readable kind of failure reported. Defaults to FieldValueInvalid.')
    .oneOf('FieldValueRequired', 'FieldValueDuplicate', 'FieldValueInvalid', 'FieldValueForbidden')
    .pointer(),
  fieldPath: string(
    5,
    'JSON path, relative to the value, of the field to blame, such as .spec.count. Defaults to the value itself.',
  ),
  optionalOldSelf: bool(
    6,
    'When true, a rule using oldSelf also runs on creation, with oldSelf as a CEL optional. Defaults to false.',
  ).pointer(),
}) {}

/** The value of `JSONSchemaProps`, written out since the type contains itself. */
export interface JSONSchemaPropsValue {
  readonly id?: string
  readonly $schema?: string
  readonly $ref?: string
  readonly description?: string
  readonly type?: string
  readonly format?: string
  readonly title?: string
  readonly default?: unknown
  readonly maximum?: number
  readonly exclusiveMaximum?: boolean
  readonly minimum?: number
  readonly exclusiveMinimum?: boolean
  readonly maxLength?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly maxItems?: number
  readonly minItems?: number
  readonly uniqueItems?: boolean
  readonly multipleOf?: number
  readonly enum?: readonly unknown[]
  readonly maxProperties?: number
  readonly minProperties?: number
  readonly required?: readonly string[]
  readonly items?: unknown
  readonly allOf?: readonly JSONSchemaPropsValue[]
  readonly oneOf?: readonly JSONSchemaPropsValue[]
  readonly anyOf?: readonly JSONSchemaPropsValue[]
  readonly not?: JSONSchemaPropsValue
  readonly properties?: Readonly<Record<string, JSONSchemaPropsValue>>
  readonly additionalProperties?: unknown
  readonly patternProperties?: Readonly<Record<string, JSONSchemaPropsValue>>
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly additionalItems?: unknown
  readonly definitions?: Readonly<Record<string, JSONSchemaPropsValue>>
  readonly externalDocs?: ExternalDocumentation
  readonly example?: unknown
  readonly nullable?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-map-type'?: string
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[]
}

// A function of a stated type, since the class is still to be made when its fields name it.
function theJSONSchemaProps(): MessageClass {
  return JSONSchemaProps
}

export class JSONSchemaProps extends message(
  'A JSON Schema, as restricted and extended by Kubernetes.',
  {
    id: string(1, 'JSON Schema identifier. Not allowed in custom resource schemas.'),
    $schema: string(2, 'URI of the dialect in which the schema is written.'),
    $ref: string(
      3,
      'Reference to another schema. Not supported in custom resource schemas.',
    ).pointer(),
    description: string(4, 'Human-readable explanation of the value.'),
    type: string(5, 'Type of the value: object, array, string, integer, number or boolean.'),
    format: string(
      6,
      'Named format that a string or number must follow, such as date-time. Unknown formats are ignored.',
    ),
    title: string(7, 'Short human-readable title of the value.'),
    default: json(8, 'Value filled in when the field is missing.').pointer(),
    maximum: double(
      9,
      'Largest number that is allowed, unless exclusiveMaximum leaves it out.',
    ).pointer(),
    exclusiveMaximum: bool(10, 'When true, the number must be strictly below maximum.'),
    minimum: double(
      11,
      'Smallest number that is allowed, unless exclusiveMinimum leaves it out.',
    ).pointer(),
    exclusiveMinimum: bool(12, 'When true, the number must be strictly above minimum.'),
    maxLength: int64(13, 'Largest length of a string, in characters.').pointer(),
    minLength: int64(14, 'Smallest length of a string, in characters.').pointer(),
    pattern: string(15, 'Regular expression that a string must match.'),
    maxItems: int64(16, 'Largest number of items in an array.').pointer(),
    minItems: int64(17, 'Smallest number of items in an array.').pointer(),
    uniqueItems: bool(
      18,
      'Whether array items must all differ. Cannot be true in custom resource schemas.',
    ),
    multipleOf: double(19, 'Number of which the value must be a multiple.').pointer(),
    enum: listOf('json', 20, 'The values of which the data must be one.').atomic(),
    maxProperties: int64(21, 'Largest number of properties in an object.').pointer(),
    minProperties: int64(22, 'Smallest number of properties in an object.').pointer(),
    required: listOf('string', 23, 'Properties that must be present.').atomic(),
    items: jsonSchemaPropsOrArray(24, 'Schema that every item of an array must meet.').pointer(),
    allOf: lazyListOf<JSONSchemaPropsValue>(
      theJSONSchemaProps,
      25,
      'Schemas that must all hold.',
    ).atomic(),
    oneOf: lazyListOf<JSONSchemaPropsValue>(
      theJSONSchemaProps,
      26,
      'Schemas of which exactly one must hold.',
    ).atomic(),
    anyOf: lazyListOf<JSONSchemaPropsValue>(
      theJSONSchemaProps,
      27,
      'Schemas of which at least one must hold.',
    ).atomic(),
    not: lazyRef<JSONSchemaPropsValue>(theJSONSchemaProps, 28, 'Schema that must not hold.'),
    properties: lazyMapOf<JSONSchemaPropsValue>(
      theJSONSchemaProps,
      29,
      'Schemas of the named properties of an object.',
    ),
    additionalProperties: jsonSchemaPropsOrBool(
      30,
      'Schema of all other properties of an object, or whether any are allowed. Excludes properties.',
    ).pointer(),
    patternProperties: lazyMapOf<JSONSchemaPropsValue>(
      theJSONSchemaProps,
      31,
      'Schemas of properties whose names match a pattern. Not allowed in custom resource schemas.',
    ),
    dependencies: mapOf(
      'jsonSchemaPropsOrStringArray',
      32,
      'What must hold when a property is present. Not allowed in custom resource schemas.',
    ),
    additionalItems: jsonSchemaPropsOrBool(
      33,
      'Schema of items beyond those listed. Not allowed in custom resource schemas.',
    ).pointer(),
    definitions: lazyMapOf<JSONSchemaPropsValue>(
      theJSONSchemaProps,
      34,
      'Schemas to refer to. Not allowed in custom resource schemas.',
    ),
    externalDocs: ref(ExternalDocumentation, 35, 'Where to read more about the field.'),
    example: json(36, 'A sample value, for documentation only.').pointer(),
    nullable: bool(37, 'Whether null is allowed as a value. Defaults to false.'),
    'x-kubernetes-preserve-unknown-fields': bool(
      38,
      'When true, fields not in the schema are kept rather than pruned at this level.',
    ).pointer(),
    'x-kubernetes-embedded-resource': bool(
      39,
      'When true, the value is a full Kubernetes object with apiVersion, kind and metadata.',
    ),
    'x-kubernetes-int-or-string': bool(
      40,
      'When true, the value may be an integer or a string; type is then left unset.',
    ),
    'x-kubernetes-list-map-keys': listOf(
      'string',
      41,
      'Item fields that together identify an item. Only for lists of type map.',
    ).atomic(),
    'x-kubernetes-list-type': string(
      42,
      'How a list is merged: atomic as a whole, set by value, or map by keys. Defaults to atomic.',
    ).pointer(),
    'x-kubernetes-map-type': string(
      43,
      'How a map is merged: granular by field or atomic as a whole. Defaults to granular.',
    ).pointer(),
    'x-kubernetes-validations': listOf(ValidationRule, 44, 'CEL rules that the value must satisfy.')
      .mapKeys('rule')
      .patch('merge', 'rule'),
  },
) {}
