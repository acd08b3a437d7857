const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The pieces in one array, with `separator` between them, after `prefix` and before `suffix`. */
export function join(
  pieces: readonly Uint8Array[],
  { prefix = NOTHING, separator = NOTHING, suffix = NOTHING }: Partial<Frame> = {},
): Uint8Array {
  let length = prefix.length + suffix.length
  for (const piece of pieces) length += piece.length
  length += Math.max(0, pieces.length - 1) * separator.length
  const all = new Uint8Array(length)
  all.set(prefix)
  let at = prefix.length
  for (const [i, piece] of pieces.entries()) {
    if (i > 0 && separator.length > 0) {
      all.set(separator, at)
      at += separator.length
    }
    all.set(piece, at)
    at += piece.length
  }
  all.set(suffix, at)
  return all
}

interface Frame {
  readonly prefix: Uint8Array
  readonly separator: Uint8Array
  readonly suffix: Uint8Array
}

const NOTHING = new Uint8Array()
