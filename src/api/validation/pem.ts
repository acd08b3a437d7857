/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly type: string
  readonly hasHeaders: boolean
  readonly bytes: Uint8Array
}

const BLOCK = /-----BEGIN ([^-\n]+)-----\r?\n([\s\S]*?)-----END \1-----/g

/** The blocks of a PEM text that comes in base64, as bytes do in JSON. */
export function pemBlocks(base64: string): PemBlock[] {
  return pemBlocksOf(decodeText(base64))
}

/** The blocks of a PEM text. What is no block is passed over. */
export function pemBlocksOf(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].flatMap(([, type = '', body = '']) => {
    const headers = /^(?:[^\n:]+:[^\n]*\r?\n)+\r?\n/.exec(body)
    const bytes = decodeBytes(body.slice(headers?.[0].length ?? 0))
    return bytes ? [{ type, hasHeaders: headers !== null, bytes }] : []
  })
}

function decodeText(base64: string): string {
  const bytes = decodeBytes(base64)
  return bytes ? new TextDecoder().decode(bytes) : ''
}

function decodeBytes(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whether the bytes are one whole DER sequence, as certificates and requests are. */
export function isDerSequence(bytes: Uint8Array): boolean {
  const [tag, first = 0] = bytes
  if (tag !== 0x30) return false
  if (first < 0x80) return bytes.length === first + 2
  const count = first & 0x7f
  const length = bytes.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0)
  return bytes.length === length + 2 + count
}

/** What is wrong with a bundle of certificates. */
export function certificateBundleProblem(base64: string): string | undefined {
  const blocks = pemBlocks(base64).filter(
    ({ type, hasHeaders }) => type === 'CERTIFICATE' && !hasHeaders,
  )
  if (blocks.length === 0) return 'data does not contain any valid RSA or ECDSA certificates'
  return blocks.every(({ bytes }) => isDerSequence(bytes))
    ? undefined
    : 'x509: malformed certificate'
}
