/**
 * What a plain YAML scalar means, as Kubernetes reads it (sigs.k8s.io/yaml over go-yaml v2): YAML 1.1 with its `yes` and
 * `on`, its octal `0777`, but without sexagesimal numbers; what looks like a time stays a text.
 */
export function resolvePlain(text: string): unknown {
  if (Object.hasOwn(WORDS, text)) return WORDS[text]
  if (/^[-+\d]/.test(text)) return resolveNumber(text)
  return /^\.\d/.test(text) && FLOAT.test(text) ? finite(text) : text
}

const WORDS: Readonly<Record<string, unknown>> = Object.fromEntries([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((each) => [
    each,
    true,
  ]),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((each) => [
    each,
    false,
  ]),
  ...['', '~', 'null', 'Null', 'NULL'].map((each) => [each, null]),
])

const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/
const TIMESTAMP = /^\d{4}-\d/

function resolveNumber(text: string): unknown {
  if (TIMESTAMP.test(text)) return text
  const plain = text.replaceAll('_', '')
  const integer = parseInteger(plain)
  if (integer !== undefined) return integer
  return FLOAT.test(plain) ? finite(plain) : text
}

const INTEGER = /^([-+]?)(?:(0[xX])([\da-fA-F]+)|(0[bB])([01]+)|(0[oO]?)([0-7]+)|(0|[1-9]\d*))$/

function parseInteger(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text)
  if (!match) return undefined
  const [, sign, hex, hexDigits, binary, binaryDigits, octal, octalDigits, decimal] = match
  const magnitude = hex
    ? BigInt(`0x${hexDigits}`)
    : binary
      ? BigInt(`0b${binaryDigits}`)
      : octal
        ? BigInt(`0o${octalDigits}`)
        : BigInt(decimal!)
  const value = sign === '-' ? -magnitude : magnitude
  if (value > UINT64_MAX || value < INT64_MIN) return undefined
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

const UINT64_MAX = 2n ** 64n - 1n
const INT64_MIN = -(2n ** 63n)

function finite(text: string): unknown {
  const number = Number(text)
  return Number.isFinite(number) ? number + 0 : text // Not -0.
}
