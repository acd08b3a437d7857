import {
  isAlias,
  isScalar,
  isSeq,
  Scalar,
  type Alias,
  type LineCounter,
  type ParsedNode,
  type YAMLMap,
} from 'yaml'
import { JSON_DEPTH_MAX } from '../schema/json-reader.ts'
import { quote } from './go-format.ts'
import { ParseError } from './parse-error.ts'
import { resolvePlain } from './yaml-scalars.ts'

export interface Converted {
  readonly value: unknown
  readonly duplicates: readonly string[]
}

/** The JSON value that a YAML node means, aliases and merges resolved. Throws `ParseError`. */
export function toJson(node: ParsedNode, lines: LineCounter): Converted {
  const converter = new Converter(lines)
  const value = converter.convert(node)
  return { value, duplicates: converter.duplicates }
}

type YamlNode = ParsedNode | null

class Converter {
  readonly duplicates: string[] = []
  readonly #lines: LineCounter
  readonly #anchors = new Map<string, ParsedNode>()
  readonly #within = new Set<YamlNode>()
  #depth = 0
  #nodes = 0
  #aliased = 0
  #aliasDepth = 0

  constructor(lines: LineCounter) {
    this.#lines = lines
  }

  convert(node: YamlNode): unknown {
    if (node === null) return null
    this.#count()
    if (isAlias(node)) return this.#alias(node)
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isScalar(node)) return scalarValue(node, this.#line(node))

    this.#depth += 1
    if (this.#depth > JSON_DEPTH_MAX) throw new ParseError('yaml: exceeded max depth')
    this.#within.add(node)
    const value = isSeq(node)
      ? node.items.map((item) => this.convert(item as YamlNode))
      : this.#map(node)
    this.#within.delete(node)
    this.#depth -= 1
    return value
  }

  // A few lines of aliases of aliases can mean terabytes, so what they add is held against the rest.
  #count(): void {
    this.#nodes += 1
    if (this.#aliasDepth > 0) this.#aliased += 1
    if (this.#aliased <= 100 || this.#nodes <= 1000) return
    if (this.#aliased / this.#nodes > aliasRatioMax(this.#nodes)) {
      throw new ParseError('yaml: document contains excessive aliasing')
    }
  }

  #alias({ source }: Alias): unknown {
    const target = this.#anchors.get(source)
    if (!target) throw new ParseError(`yaml: unknown anchor '${source}' referenced`)
    if (this.#within.has(target))
      throw new ParseError(`yaml: anchor '${source}' value contains itself`)
    this.#aliasDepth += 1
    const value = this.convert(target)
    this.#aliasDepth -= 1
    return value
  }

  #map({ items }: YAMLMap<YamlNode, YamlNode>): Record<string, unknown> {
    const entries = new Map<string, unknown>()
    const merged = new Map<string, unknown>()
    for (const { key, value } of items) {
      if (isMergeKey(key)) {
        for (const [name, each] of this.#merge(value)) if (!merged.has(name)) merged.set(name, each)
        continue
      }
      const name = keyText(this.convert(key))
      if (entries.has(name)) {
        this.duplicates.push(
          `line ${this.#line(value ?? key)}: key ${quote(name)} already set in map`,
        )
      }
      entries.set(name, this.convert(value))
    }
    for (const [name, each] of merged) if (!entries.has(name)) entries.set(name, each)
    return Object.fromEntries(entries)
  }

  #merge(node: YamlNode): [string, unknown][] {
    const value = this.convert(node)
    const maps = Array.isArray(value) ? value : [value]
    return maps.flatMap((each: unknown) => {
      if (typeof each === 'object' && each !== null && !Array.isArray(each)) {
        return Object.entries(each)
      }
      throw new ParseError('yaml: map merge requires map or sequence of maps as the value')
    })
  }

  #line(node: YamlNode): number {
    return node ? this.#lines.linePos(node.range[0]).line : 0
  }
}

/** The most of all nodes that may come from aliases: nearly all of a small text, a tenth of a huge one. */
function aliasRatioMax(nodes: number): number {
  const [low, high] = [400_000, 4_000_000]
  if (nodes <= low) return 0.99
  if (nodes >= high) return 0.1
  return 0.99 - 0.89 * ((nodes - low) / (high - low))
}

function isMergeKey(key: YamlNode): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<' && !key.tag
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') {
    return String(key)
  }
  throw new ParseError('yaml: unsupported map key')
}

function scalarValue({ type, source, value, tag }: Scalar, line: number): unknown {
  const text = typeof value === 'string' ? value : (source ?? '')
  const short = tag?.replace('tag:yaml.org,2002:', '!!')
  if (short === '!!binary') return decodeBinary(text)
  if (short === undefined ? type !== Scalar.PLAIN : !RESOLVED.has(short)) return text
  const resolved = resolvePlain(text)
  if (short === undefined || TYPES[short] === kindOf(resolved)) return resolved
  if (short === '!!float' && kindOf(resolved) === 'int') return resolved
  throw new ParseError(
    `yaml: line ${line}: cannot decode !!${kindOf(resolved)} \`${text}\` as a ${short}`,
  )
}

const TYPES: Readonly<Record<string, string>> = {
  '!!int': 'int',
  '!!float': 'float',
  '!!bool': 'bool',
  '!!null': 'null',
}
const RESOLVED = new Set(Object.keys(TYPES))

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return 'str'
}

function decodeBinary(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new ParseError('yaml: !!binary value contains invalid base64 data')
  }
}
