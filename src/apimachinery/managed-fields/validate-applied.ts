import { formatValue, quote } from '../go-format.ts'
import { elementOf, ItemError } from './list-items.ts'
import { fieldElement, formatElement, type PathElement } from './path-element.ts'
import {
  isObject,
  typeUnder,
  type ListSchema,
  type ScalarSchema,
  type TypeSchema,
} from './type-schema.ts'

/** What is wrong with an applied object by its schema, each with its place, in the words of structured-merge-diff. */
export function typeProblems(type: TypeSchema, value: unknown, path = ''): string[] {
  switch (type.kind) {
    case 'any':
      return []
    case 'scalar':
      return at(path, scalarProblem(type, value))
    case 'list':
      return listProblems(type, value, path)
    case 'map':
      return mapProblems(type, value, path)
    default:
      return type satisfies never
  }
}

function at(path: string, problem: string | undefined): string[] {
  if (problem === undefined) return []
  return [path === '' ? problem : `${path}: ${problem}`]
}

function scalarProblem({ scalar }: ScalarSchema, value: unknown): string | undefined {
  if (value === null) return undefined
  switch (scalar) {
    case 'string':
      if (typeof value === 'string') return undefined
      return `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`
    case 'numeric':
      if (typeof value === 'number' || typeof value === 'bigint') return undefined
      return `expected numeric (int or float), got ${goType(value)}`
    case 'boolean':
      return typeof value === 'boolean'
        ? undefined
        : `expected boolean, got &{${formatValue(value)}}`
    case 'untyped':
      if (typeof value !== 'object') return undefined
      return `expected any scalar, got &{${formatValue(value)}}`
    default:
      return scalar satisfies never
  }
}

function listProblems(type: ListSchema, value: unknown, path: string): string[] {
  if (value === null) return []
  if (!Array.isArray(value)) return at(path, `expected list, got &{${formatValue(value)}}`)
  const seen = new Set<PathElement>()
  const problems: string[] = []
  for (const [i, item] of (value as unknown[]).entries()) {
    try {
      const element = type.relation === 'atomic' ? `i:${i}` : elementOf(type, item)
      if (seen.has(element)) {
        problems.push(...at(path, `duplicate entries for key ${formatElement(element)}`))
      }
      seen.add(element)
      problems.push(...typeProblems(type.element(), item, `${path}${formatElement(element)}`))
    } catch (error) {
      if (!(error instanceof ItemError)) throw error
      return [...problems, ...at(path, `element ${i}: ${error.message}`)]
    }
  }
  return problems
}

function mapProblems(type: TypeSchema, value: unknown, path: string): string[] {
  if (value === null) return []
  if (!isObject(value)) return at(path, `expected map, got &{${formatValue(value)}}`)
  return Object.keys(value).flatMap((key) => {
    const inner = typeUnder(type, key)
    const below = `${path}${formatElement(fieldElement(key))}`
    return inner
      ? typeProblems(inner, value[key], below)
      : [`${below}: field not declared in schema`]
  })
}

/** Several problems as one message. */
export function formatProblems(problems: readonly string[]): string {
  if (problems.length === 1) return problems[0]!
  return `errors:\n${problems.map((each) => `  ${each}`).join('\n')}`
}

function goType(value: unknown): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}

/** A value as Go's `%#v` writes it. */
function goSyntax(value: unknown): string {
  if (value === null) return 'interface {}(nil)'
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (isObject(value)) {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const texts = entries.map(([key, each]) => `${quote(key)}:${goSyntax(each)}`)
    return `map[string]interface {}{${texts.join(', ')}}`
  }
  return formatValue(value)
}
