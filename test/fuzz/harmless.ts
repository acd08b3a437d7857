/** How much larger than its input a result may be, and what it may have anyway. */
const GROWTH_MAX = 200
const SIZE_FREE = 100_000

const INTRINSICS = [Object, Array, Function, String, Number, RegExp, Promise, Map].map(
  (each) => each.prototype as object,
)
const KNOWN_NAMES = INTRINSICS.map(countNames)

/** Throws where somebody has left something on the prototypes that all objects share. */
export function checkPrototypes(): void {
  for (const [i, prototype] of INTRINSICS.entries()) {
    if (countNames(prototype) !== KNOWN_NAMES[i]) throw new Error('a prototype was polluted')
  }
}

function countNames(prototype: object): number {
  return Reflect.ownKeys(prototype).length
}

/** Throws where a result is out of proportion to its input, or has a prototype that came with it. */
export function checkResult(result: unknown, inputBytes: number): void {
  let left = SIZE_FREE + GROWTH_MAX * inputBytes
  const waiting = [result]
  while (waiting.length > 0) {
    const value = waiting.pop()
    left -= sizeOf(value)
    if (left < 0) throw new Error(`a result of ${inputBytes} bytes is too large`)
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) continue
    checkPrototype(value)
    for (const each of Object.values(value)) waiting.push(each)
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  return ArrayBuffer.isView(value) ? value.byteLength : 1
}

/** Whatever a program makes prototypes of has a constructor; what is parsed has none. */
function checkPrototype(value: object): void {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === null || Object.hasOwn(prototype, 'constructor')) return
  throw new Error(`a prototype of its own: ${JSON.stringify(prototype)}`)
}
