import type { CustomResourceColumnDefinition } from '../../../api/apiextensions/v1/custom-resource-definition.ts'
import { ObjectMeta } from '../../../api/meta/v1/object-meta.ts'
import { humanDuration } from '../../../apimachinery/durations.ts'
import type { Clock } from '../../../base/clock.ts'
import { encodeJson } from '../../../schema/json.ts'
import type { ColumnDefinition, TablePrinter } from '../../http/tables.ts'
import { compileJsonPath, JsonPathError, type JsonPath } from './json-path.ts'

type Column = CustomResourceColumnDefinition

const NAME: ColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: ObjectMeta.fields.name.info.doc,
  priority: 0,
}

/** What is shown of kinds that do not say. */
const AGE: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: ObjectMeta.fields.creationTimestamp.info.doc,
}

/** Shows custom objects by the columns of their definition. A path that cannot be read ends the columns, as upstream. */
export function columnPrinter(columns: readonly Column[] | undefined, clock: Clock): TablePrinter {
  const shown = readable(columns && columns.length > 0 ? columns : [AGE])
  return {
    columns: [NAME, ...shown.map(([column]) => definitionOf(column))],
    row: (object, momentMs = clock.now()) => ({
      cells: [
        object.metadata.name,
        ...shown.map(([{ type }, path]) => cellOf(type, path(object)[0], momentMs)),
      ],
    }),
  }
}

function readable(columns: readonly Column[]): readonly (readonly [Column, JsonPath])[] {
  const shown: [Column, JsonPath][] = []
  for (const column of columns) {
    try {
      shown.push([column, compileJsonPath(column.jsonPath)])
    } catch (error) {
      if (error instanceof JsonPathError) break
      throw error
    }
  }
  return shown
}

function definitionOf(column: Column): ColumnDefinition {
  const { name, type, format = '', description, priority = 0, jsonPath } = column
  const text = `Custom resource definition column (in JSONPath format): ${jsonPath}`
  return { name, type, format, description: description || text, priority }
}

function cellOf(type: string, value: unknown, momentMs: number): unknown {
  if (value === undefined || value === null) return null
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : encodeJson(value)
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : isNumber ? value : null
    case 'number':
      return isNumber ? Number(value) : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'date':
      return typeof value === 'string' ? ageOf(value, momentMs) : null
    default:
      return null
  }
}

function ageOf(time: string, momentMs: number): string {
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? '<invalid>' : humanDuration(momentMs - ms)
}
