import { forbidden, invalid, type FieldError } from '../../../schema/field-error.ts'
import type { JSONSchemaPropsValue as Schema } from './common.ts'
import { validateSchema } from './schema-validation.ts'
import { validateStructural } from './structural-validation.ts'

/** Upstream names the fields as its own type does. */
const ALLOWED_WITH_STATUS = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
]

/** Checks the schema of an object, but for its defaults and CEL expressions, which take it compiled. */
export function validateRootSchema(schema: Schema, path: string, hasStatus: boolean): FieldError[] {
  return [
    ...(hasStatus ? validateBesideStatus(schema, path) : []),
    ...(schema.nullable
      ? [forbidden(`${path}.nullable`, 'nullable cannot be true at the root')]
      : []),
    ...validateStructural(schema, path),
    ...validateSchema(schema, path, { isRoot: true }),
  ]
}

// The status is validated by itself too, so what is said of it must stand in its own schema.
function validateBesideStatus(schema: Schema, path: string): FieldError[] {
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined || value === false || name === 'nullable') continue
    if (name === 'type' && value !== 'object') {
      const text =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
      return [invalid(`${path}.type`, value, text)]
    }
    if (ALLOWED_WITH_STATUS.includes(goName(name))) continue
    const fields = ALLOWED_WITH_STATUS.join(' ')
    return [
      invalid(
        path,
        schema,
        `only [${fields}] fields are allowed at the root of the schema if the status subresource is enabled`,
      ),
    ]
  }
  return []
}

function goName(name: string): string {
  const words = name.replace(/^x-kubernetes-/, 'x-').split('-')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
