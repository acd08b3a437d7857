/** The text is no JSON. Worded as Go's decoder does. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

/** How deep lists and objects may be nested: deeper ones would exhaust the stack of whoever walks them. */
export const JSON_DEPTH_MAX = 1000

/** A JSON object with its keys in order and as often as they are written. */
export class OrderedObject {
  readonly entries: (readonly [string, unknown])[] = []
}

/**
 * Reads JSON slowly, for its mistakes: objects become `OrderedObject`s, which keep duplicate keys, and whatever is no
 * JSON is refused with `JsonSyntaxError` in the words of Go's scanner. Numbers are not exact.
 */
export function readOrdered(text: string): unknown {
  return new Reader(text).document()
}

class Reader {
  readonly #text: string
  #position = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): unknown {
    const value = this.#value('looking for beginning of value')
    this.#skipSpace()
    if (this.#position < this.#text.length) throw this.#unexpected('after top-level value')
    return value
  }

  #value(context: string): unknown {
    this.#skipSpace()
    const char = this.#text[this.#position]
    if (char === '{') return this.#nested(() => this.#object())
    if (char === '[') return this.#nested(() => this.#list())
    if (char === '"') return this.#string()
    if (char !== undefined && /[-\d]/.test(char)) return this.#number()
    for (const [word, value] of LITERALS) if (char === word[0]) return this.#literal(word, value)
    throw this.#unexpected(context)
  }

  #nested(read: () => unknown): unknown {
    this.#depth += 1
    if (this.#depth > JSON_DEPTH_MAX) throw new JsonSyntaxError('exceeded max depth')
    this.#position += 1
    const value = read()
    this.#depth -= 1
    return value
  }

  #object(): OrderedObject {
    const object = new OrderedObject()
    if (this.#take('}')) return object
    do {
      this.#skipSpace()
      if (this.#text[this.#position] !== '"') {
        throw this.#unexpected('looking for beginning of object key string')
      }
      const key = this.#string()
      if (!this.#take(':')) throw this.#unexpected('after object key')
      object.entries.push([key, this.#value('looking for beginning of value')])
    } while (this.#take(','))
    if (!this.#take('}')) throw this.#unexpected('after object key:value pair')
    return object
  }

  #list(): unknown[] {
    const list: unknown[] = []
    if (this.#take(']')) return list
    do list.push(this.#value('looking for beginning of value'))
    while (this.#take(','))
    if (!this.#take(']')) throw this.#unexpected('after array element')
    return list
  }

  #string(): string {
    const start = this.#position++
    for (;;) {
      const char = this.#text[this.#position]
      if (char === undefined || char < ' ') throw this.#unexpected('in string literal')
      this.#position += 1
      if (char === '"') break
      if (char === '\\') this.#escape()
    }
    return JSON.parse(this.#text.slice(start, this.#position)) as string
  }

  #escape(): void {
    const char = this.#text[this.#position] ?? ''
    if (!'bfnrt\\/"u'.includes(char) || char === '') throw this.#unexpected('in string escape code')
    this.#position += 1
    if (char !== 'u') return
    for (let i = 0; i < 4; i++) {
      if (!/[\da-fA-F]/.test(this.#text[this.#position] ?? '')) {
        throw this.#unexpected('in \\u hexadecimal character escape')
      }
      this.#position += 1
    }
  }

  #number(): number {
    const start = this.#position
    if (this.#text[start] === '-') this.#position += 1
    if (this.#text[this.#position] === '0') this.#position += 1
    else this.#digits('in numeric literal')
    if (this.#text[this.#position] === '.') {
      this.#position += 1
      this.#digits('after decimal point in numeric literal')
    }
    if (/[eE]/.test(this.#text[this.#position] ?? '')) {
      this.#position += 1
      if (/[-+]/.test(this.#text[this.#position] ?? '')) this.#position += 1
      this.#digits('in exponent of numeric literal')
    }
    return Number(this.#text.slice(start, this.#position))
  }

  #digits(context: string): void {
    const start = this.#position
    while (/\d/.test(this.#text[this.#position] ?? '')) this.#position += 1
    if (this.#position === start) throw this.#unexpected(context)
  }

  #literal(word: string, value: unknown): unknown {
    for (const expected of word) {
      if (this.#text[this.#position] !== expected) {
        throw this.#unexpected(`in literal ${word} (expecting '${expected}')`)
      }
      this.#position += 1
    }
    return value
  }

  #take(char: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#position] !== char) return false
    this.#position += 1
    return true
  }

  #skipSpace(): void {
    while (' \t\r\n'.includes(this.#text[this.#position] ?? 'x')) this.#position += 1
  }

  #unexpected(context: string): JsonSyntaxError {
    const char = this.#text[this.#position]
    if (char === undefined) return new JsonSyntaxError('unexpected end of JSON input')
    return new JsonSyntaxError(`invalid character ${quoteCharacter(char)} ${context}`)
  }
}

const LITERALS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

function quoteCharacter(char: string): string {
  if (char === "'") return `'\\''`
  if (char === '"') return `'"'`
  const quoted = JSON.stringify(char).slice(1, -1)
  return `'${quoted.replace(/^\\u00([0-7])/, '\\x$1')}'`
}
