const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g

export interface PemBlock {
  /** What it holds: `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string
  readonly der: Uint8Array
}

/** Writes one block in the textual encoding of RFC 7468, with a line feed at its end. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

/** All blocks of a text, in order; what stands between them is ignored. */
export function decodePem(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].flatMap(([, label = '', base64 = '']) => {
    const der = decodeBase64(base64)
    return der ? [{ label, der }] : []
  })
}

/** The first block with this label. */
export function findPem(text: string, label: string): Uint8Array | undefined {
  return decodePem(text).find((block) => block.label === label)?.der
}

function decodeBase64(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64)
  } catch {
    return undefined
  }
}
