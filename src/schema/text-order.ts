/** Orders texts by their bytes in UTF-8, as Go does. Other than by UTF-16, what is beyond U+FFFF goes last. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (left === right) continue
    const order = Number(isSurrogate(left)) - Number(isSurrogate(right))
    return order === 0 ? left - right : order
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800
}
