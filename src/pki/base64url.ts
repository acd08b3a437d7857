/** Base64 for URLs without padding, as JWS has it (RFC 7515, 2). */
export function toBase64url(data: Uint8Array | string): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** The other way; undefined for anything malformed. */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (/[^\w-]/.test(text)) return undefined // The decoder would skip spaces and take padding.
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' })
  } catch {
    return undefined
  }
}
