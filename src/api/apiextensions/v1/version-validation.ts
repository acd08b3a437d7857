import { equal } from '../../../apimachinery/equality.ts'
import { dns1035LabelProblems } from '../../../apimachinery/names.ts'
import { invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { eachAt, ifSet, NONE } from '../../validation/rules.ts'
import type { CustomResourceSubresourceScale } from './common.ts'
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
} from './custom-resource-definition.ts'
import { validateRootSchema } from './root-schema-validation.ts'
import { validateSelectableFields } from './selectable-field-validation.ts'

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string']
const COLUMN_FORMATS = [
  'byte',
  'date',
  'date-time',
  'double',
  'float',
  'int32',
  'int64',
  'password',
]
const WARNING_MAX = 256

type Version = CustomResourceDefinitionVersion

/** Checks the versions of a custom resource. `path` is that of the spec. */
export function validateVersions(versions: readonly Version[], path: string): FieldError[] {
  const at = `${path}.versions`
  const names = versions.map(({ name }) => name)
  const stored = versions.filter(({ storage }) => storage).length
  return [
    ...eachAt(versions, at, ({ schema }, versionPath) =>
      schema?.openAPIV3Schema
        ? NONE
        : [required(`${versionPath}.schema.openAPIV3Schema`, 'schemas are required')],
    ),
    ...eachAt(versions, at, (version, versionPath) => [
      ...validateName(version.name, `${versionPath}.name`),
      ...validateWarning(version, `${versionPath}.deprecationWarning`),
    ]),
    ...(new Set(names).size < names.length
      ? [invalid(at, versions, 'must contain unique version names')]
      : NONE),
    ...(stored === 1
      ? NONE
      : [invalid(at, versions, 'must have exactly one version marked as storage version')]),
    ...validateParts(versions, path),
  ]
}

/** What all versions have in common is told of at the path that it had before versions had their own. */
function validateParts(versions: readonly Version[], path: string): FieldError[] {
  const at = (field: keyof Version & string, common: string, i: number): string =>
    versions.every((each) => equal(each[field], versions[0]![field]))
      ? `${path}.${common}`
      : `${path}.versions[${i}].${field}`
  const seen = new Set<string>()
  const once = (where: string, validate: (where: string) => FieldError[]): FieldError[] => {
    if (seen.has(where)) return NONE
    seen.add(where)
    return validate(where)
  }
  return versions.flatMap((version, i) => [
    ...ifSet(version.schema?.openAPIV3Schema, (schema) =>
      once(`${at('schema', 'validation', i)}.openAPIV3Schema`, (where) =>
        validateRootSchema(schema, where, version.subresources?.status !== undefined),
      ),
    ),
    ...ifSet(version.subresources?.scale, (scale) =>
      once(at('subresources', 'subresources', i), (where) => validateScale(scale, where)),
    ),
    ...once(at('additionalPrinterColumns', 'additionalPrinterColumns', i), (where) =>
      eachAt(version.additionalPrinterColumns, where, validateColumn),
    ),
    ...once(at('selectableFields', 'selectableFields', i), (where) =>
      validateSelectableFields(version, where),
    ),
  ])
}

function validateName(name: string, path: string): FieldError[] {
  const problems = dns1035LabelProblems(name)
  return problems.length > 0 ? [invalid(path, name, problems.join(','))] : NONE
}

function validateWarning(
  { deprecated, deprecationWarning: warning }: Version,
  path: string,
): FieldError[] {
  if (warning === undefined) return NONE
  if (!deprecated) return [invalid(path, warning, 'can only be set for deprecated versions')]
  const odd = [...warning].findIndex((char) => /[^\P{C}]|[\p{Z}]/u.test(char) && char !== ' ')
  const text = `must only contain printable UTF-8 characters; non-printable character found at index ${odd}`
  return [
    ...(warning.length > WARNING_MAX
      ? [invalid(path, warning, `must be <= ${WARNING_MAX} characters long`)]
      : NONE),
    ...(warning ? NONE : [invalid(path, warning, 'must not be an empty string')]),
    ...(odd >= 0 ? [invalid(path, warning, text)] : NONE),
  ]
}

function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const { name, type, format, jsonPath } = column
  return [
    ...(name ? NONE : [required(`${path}.name`)]),
    ...(type ? NONE : [required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(',')}`)]),
    ...(type && !COLUMN_TYPES.includes(type)
      ? [invalid(`${path}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`)]
      : NONE),
    ...(format && !COLUMN_FORMATS.includes(format)
      ? [invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`)]
      : NONE),
    // The path is upstream's.
    ...(jsonPath ? validateJsonPath(jsonPath, `${path}.JSONPath`) : [required(`${path}.JSONPath`)]),
  ]
}

function validateJsonPath(
  text: string,
  path: string,
  within: readonly string[] = [],
): FieldError[] {
  if (!text.startsWith('.'))
    return [invalid(path, text, 'must be a simple json path starting with .')]
  const isInside = within.length === 0 || within.some((each) => text.startsWith(`${each}.`))
  const where = within.length > 1 ? `either ${within.join(' or ')}` : within.join('')
  return isInside ? NONE : [invalid(path, text, `should be a json path under ${where}`)]
}

function validateScale(scale: CustomResourceSubresourceScale, path: string): FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  const at = (field: string): string => `${path}.scale.${field}`
  const inside = (text: string, field: string, within: string): FieldError[] =>
    text ? validateJsonPath(text, at(field), [within]) : [required(at(field))]
  return [
    ...inside(specReplicasPath, 'specReplicasPath', '.spec'),
    ...inside(statusReplicasPath, 'statusReplicasPath', '.status'),
    ...(labelSelectorPath
      ? validateJsonPath(labelSelectorPath, at('labelSelectorPath'), ['.status', '.spec'])
      : NONE),
  ]
}
