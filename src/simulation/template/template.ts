import { recent } from '../../base/recent.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { evaluate, MARK } from './evaluate.ts'
import type { TemplateContext } from './functions.ts'
import { parseTemplate } from './parser.ts'

const SHAPES_MAX = 200
const SHAPE_LENGTH_MAX = 100_000

/** Makes a value of an object: the YAML that a Go template comes to. Throws `ParseError` on bad YAML. */
export type ObjectTemplate = (object: unknown, context: TemplateContext) => unknown

/** Compiles a Go template whose text is YAML. Throws `ParseError`. */
export function compileTemplate(source: string): ObjectTemplate {
  const template = parseTemplate(source)
  const shapeOf = recent(shape, { count: SHAPES_MAX, lengthMax: SHAPE_LENGTH_MAX })
  return (object, context) => {
    const { text, values } = evaluate(template, object, context)
    return shapeOf(text)(values)
  }
}

type Shape = (values: readonly unknown[]) => unknown

function shape(text: string): Shape {
  return filler(parseYamlDocuments(text)[0]?.value)
}

/** A function that makes the same value with others in place of the marks. */
function filler(value: unknown): Shape {
  if (typeof value === 'string') return textFiller(value)
  if (typeof value !== 'object' || value === null) return () => value
  if (Array.isArray(value)) {
    const items = value.map(filler)
    return (values) => items.map((each) => each(values))
  }
  const fields = Object.entries(value).map(([name, inner]) => [name, filler(inner)] as const)
  return (values) => Object.fromEntries(fields.map(([name, inner]) => [name, inner(values)]))
}

const ONLY_MARK = /^\uE000(\d+)\uE001$/

function textFiller(text: string): Shape {
  const [, only] = ONLY_MARK.exec(text) ?? []
  if (only !== undefined) return (values) => values[Number(only)]
  if (!text.includes('\uE000')) return () => text
  return (values) => text.replaceAll(MARK, (_, i: string) => JSON.stringify(values[Number(i)]))
}
