import { customResourceDefinitionStrategy } from '../../../api/apiextensions/v1/custom-resource-definition-strategy.ts'
import type { CustomResourceDefinition } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import type { Strategy } from '../../../api/strategy.ts'
import { equal } from '../../../apimachinery/equality.ts'
import type { FieldError } from '../../../schema/field-error.ts'
import { validateCel } from '../cel/validate-cel.ts'
import { formatWarnings } from './format-warnings.ts'
import { validateDefaults } from './validate-defaults.ts'

const base = customResourceDefinitionStrategy

/**
 * The rules of definitions, with those that take schemas compiled: what defaults are worth, and what CEL expressions say
 * and cost. A schema that is stored already has passed, and is not held to what has become stricter since.
 */
export const definitionStrategy: Strategy<CustomResourceDefinition> = {
  ...base,
  validateCreate: (definition) =>
    withSchemas(definition, undefined, base.validateCreate(definition)),
  validateUpdate: (definition, old) =>
    withSchemas(definition, old, base.validateUpdate(definition, old)),
  warnings: formatWarnings,
}

function withSchemas(
  { spec }: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
  errors: FieldError[],
): FieldError[] {
  if (errors.length > 0) return errors
  const schemas = spec.versions.map(({ schema }) => schema?.openAPIV3Schema)
  const isShared = schemas.every((schema) => equal(schema, schemas[0]))
  return spec.versions.flatMap(({ name, schema }, i) => {
    const root = schema?.openAPIV3Schema
    if (!root || (isShared && i > 0)) return []
    const before = old?.spec.versions.find((each) => each.name === name)?.schema
    if (before && equal(before, schema)) return []
    const path = isShared
      ? 'spec.validation.openAPIV3Schema'
      : `spec.versions[${i}].schema.openAPIV3Schema`
    const inDefaults = validateDefaults(root, path)
    return inDefaults.length > 0 ? inDefaults : validateCel(root, path)
  })
}
