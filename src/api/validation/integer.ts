/** Reads a whole number as Go's strconv.Atoi does: decimal digits with an optional sign, nothing else. */
export function parseInteger(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}
