/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly type: string
  readonly hasHeaders: boolean
  readonly bytes: Uint8Array
}

/** The blocks of a PEM text that comes in base64, as bytes do in JSON. */
export function pemBlocks(base64: string): PemBlock[] {
  return pemBlocksOf(decodeText(base64))
}

/** The blocks of a PEM text. What is no block is passed over. */
export function pemBlocksOf(text: string): PemBlock[] {
  // Cut rather than matched: a pattern would look for the end of each block as far as the text goes.
  const pieces = text.split('-----')
  return pieces.slice(0, -3).flatMap((piece, i) => {
    const type = /^BEGIN ([^-\n]+)$/.exec(piece)?.[1]
    const body = pieces[i + 1]!
    if (type === undefined || pieces[i + 2] !== `END ${type}` || !/^\r?\n/.test(body)) return []
    const headersLength = headersLengthOf(body)
    const bytes = decodeBytes(body.slice(headersLength))
    return bytes ? [{ type, hasHeaders: headersLength > 0, bytes }] : []
  })
}

/** How much of a block's body is headers: lines with a name and a colon, up to an empty line. */
function headersLengthOf(body: string): number {
  const end = /\n\r?\n/.exec(body)
  if (!end) return 0
  const lines = body.slice(0, end.index).trimStart().split('\n')
  return lines.every((line) => line.indexOf(':') > 0) ? end.index + end[0].length : 0
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
