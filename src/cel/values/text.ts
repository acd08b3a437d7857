/** On text without other characters than Latin-1 this takes no time, whatever its length. */
const SURROGATE = /[\ud800-\udbff]/

/** Whether each code point is one UTF-16 unit, so that positions and lengths are those of JavaScript. */
export function isPlain(text: string): boolean {
  return !SURROGATE.test(text)
}

/** How many code points a text has. */
export function codePointCount(text: string): number {
  if (isPlain(text)) return text.length
  let count = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0xd800 || unit > 0xdbff) continue
    const next = text.charCodeAt(i + 1)
    if (next >= 0xdc00 && next <= 0xdfff) {
      count -= 1
      i += 1
    }
  }
  return count
}

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!
    if (code > 0xffff) i += 1
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}
