import type { CustomResourceDefinition } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { formatTest } from '../schema/formats.ts'
import { childrenOf, type Schema } from '../schema/schema.ts'

const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
}

/** What to tell of formats that nothing is checked by, unless they were there before. */
export function formatWarnings(
  definition: CustomResourceDefinition,
  old?: CustomResourceDefinition,
): readonly string[] {
  const before = new Set(old ? unrecognized(old) : [])
  return unrecognized(definition)
    .filter((format) => !before.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`)
}

function unrecognized({ spec }: CustomResourceDefinition): readonly string[] {
  return spec.versions.flatMap(({ schema }) =>
    schema?.openAPIV3Schema ? unrecognizedIn(schema.openAPIV3Schema) : [],
  )
}

function unrecognizedIn(schema: Schema): readonly string[] {
  const { format = '', type = '' } = schema
  const below = childrenOf(schema, '').flatMap(([each]) => unrecognizedIn(each))
  return format === '' || isKnown(format, type) ? below : [format, ...below]
}

function isKnown(format: string, type: string): boolean {
  if (type === '' || type === 'string') return formatTest(format) !== undefined
  return NUMBERS[type]?.includes(format) === true
}
