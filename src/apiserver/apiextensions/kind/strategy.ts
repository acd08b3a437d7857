import type { CustomResourceDefinitionVersion } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import type { Strategy, UpdateStrategy, RuleMeans, SlowRules } from '../../../api/strategy.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { invalid, type FieldError, type FieldErrorType } from '../../../schema/field-error.ts'
import { encodeJson } from '../../../schema/json.ts'
import { withMetadata, type ApiObject } from '../../registry/api-object.ts'
import { NOWHERE } from '../schema/problems.ts'
import { finalizerWarnings } from './finalizer-warnings.ts'
import { compileJsonPath } from './json-path.ts'
import type { SchemaRules } from './rules.ts'
import { scaleSpecProblems, scaleStatusProblems } from './scale-fields.ts'

/** The CEL rules of a schema. */
export interface CelRules {
  /** What is wrong with an object; `old` is undefined for a new one. */
  validate(
    object: ApiObject,
    old: ApiObject | undefined,
    means: RuleMeans,
  ): Promise<readonly FieldError[]>
}

/** The rules of one version of a custom resource (apiextensions-apiserver's pkg/registry/customresource). */
export function customStrategy(
  version: CustomResourceDefinitionVersion,
  rules: SchemaRules,
  cel: CelRules | undefined,
): Strategy<ApiObject> {
  const hasStatus = version.subresources?.status !== undefined
  const scale = version.subresources?.scale
  const common = (object: ApiObject): FieldError[] => [
    ...scaleSpecProblems(object, scale),
    ...scaleStatusProblems(object, scale),
    ...(rules.embedded?.(object, '') ?? []),
  ]
  return {
    prepareForCreate: (object) =>
      withMetadata(hasStatus ? without(object, 'status') : object, { generation: 1 }),
    prepareForUpdate: (object, old) =>
      nextGeneration(hasStatus ? withStatusOf(object, old) : object, old),
    validateCreate: (object) => [
      ...rules.validate(object),
      ...common(object),
      ...(rules.listItems?.(object, '') ?? []),
    ],
    validateUpdate: (object, old) => [
      ...rules.validate(object, old),
      ...common(object),
      ...newListProblems(rules, object, old),
    ],
    ...(cel && { slowRules: slowRules(cel) }),
    warnings: finalizerWarnings,
    allowUnconditionalUpdate: false,
    standardFinalizersOnly: false,
    selectableFields: selectableFields(version),
    ...(hasStatus && { status: statusStrategy(version, rules, cel) }),
  }
}

function statusStrategy(
  { subresources }: CustomResourceDefinitionVersion,
  rules: SchemaRules,
  cel: CelRules | undefined,
): UpdateStrategy<ApiObject> {
  return {
    // Nothing but the status changes, and who owns what.
    prepareForUpdate: (object, old) => {
      const { managedFields } = object.metadata
      return withStatusOf(withMetadata(old, { managedFields }), object)
    },
    validateUpdate: (object, old) => [
      ...('status' in object ? rules.validateStatus(object['status'], old['status']) : []),
      ...scaleStatusProblems(object, subresources?.scale),
      ...newListProblems(rules, object, old),
    ],
    ...(cel && { slowRules: slowRules(cel) }),
  }
}

function without(object: ApiObject, field: string): ApiObject {
  if (!(field in object)) return object
  const { [field]: _, ...rest } = object
  return rest as unknown as ApiObject
}

function withStatusOf(object: ApiObject, { status }: ApiObject): ApiObject {
  if (status === undefined) return without(object, 'status')
  return object['status'] === status ? object : { ...object, status }
}

/** Whatever changes beside the metadata makes a new generation. */
function nextGeneration(object: ApiObject, old: ApiObject): ApiObject {
  const isSame = equal({ ...object, metadata: null }, { ...old, metadata: null })
  return isSame ? object : withMetadata(object, { generation: (old.metadata.generation ?? 0) + 1 })
}

// Who has such lists already may keep them.
function newListProblems(
  { listItems }: SchemaRules,
  object: ApiObject,
  old: ApiObject,
): readonly FieldError[] {
  const found = listItems?.(object, '') ?? []
  return found.length > 0 && listItems!(old, '').length === 0 ? found : []
}

const BLOCKING: readonly FieldErrorType[] = [
  'Unsupported value',
  'Required value',
  'Too long',
  'Too many',
  'Invalid type',
]

// Rules may rely on what the schema says, so an object that is not as it says is not shown to them.
function slowRules(cel: CelRules): SlowRules<ApiObject> {
  return async (object, old, errors, means) => {
    if (!errors.some(({ type }) => BLOCKING.includes(type))) {
      return [...errors, ...(await cel.validate(object, old, means))]
    }
    const text =
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'
    return [...errors, invalid(NOWHERE, null, text)]
  }
}

function selectableFields({
  selectableFields: fields = [],
}: CustomResourceDefinitionVersion): NonNullable<Strategy<ApiObject>['selectableFields']> {
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const path = compileJsonPath(jsonPath)
      return [jsonPath.replace(/^\./, ''), (object: ApiObject) => textOf(path(object)[0])]
    }),
  )
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : encodeJson(value)
}
