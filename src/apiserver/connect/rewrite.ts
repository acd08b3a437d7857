/** How links of a server behind a proxy are brought to lead through it. */
export interface Rewriting {
  /** The path of the proxy itself, without a slash at its end. */
  readonly prefix: string
  /** What was asked of the server, from its own root. */
  readonly path: string
  /** Host and port that the client reached. */
  readonly host: string
  /** Host and port of the server, which it may name itself. */
  readonly targetHost: string
}

/** A link as the client must follow it. Links to elsewhere, and those that are relative to the page, stay as they are. */
export function rewrittenUrl(link: string, { prefix, path, host, targetHost }: Rewriting): string {
  const base = `http://${targetHost}${path}`
  if (!URL.canParse(link, base)) return link
  const url = new URL(link, base)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  const isAbsolute = /^[a-z][a-z0-9+.-]*:|^\/\//i.test(link)
  if (!isWeb || (!isAbsolute && !link.startsWith('/'))) return link
  const isOwn = url.host === new URL(base).host || url.host === host
  if (!isOwn || url.pathname.startsWith(`${prefix}/`)) return link
  const through = `${prefix}${url.pathname}${url.search}${url.hash}`
  return isAbsolute ? `https://${host}${through}` : through
}

/** Attributes that are links, by the elements that have them. */
const LINKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['a', ['href']],
  ['applet', ['codebase']],
  ['area', ['href']],
  ['audio', ['src']],
  ['base', ['href']],
  ['blockquote', ['cite']],
  ['body', ['background']],
  ['button', ['formaction']],
  ['command', ['icon']],
  ['del', ['cite']],
  ['embed', ['src']],
  ['form', ['action']],
  ['frame', ['longdesc', 'src']],
  ['head', ['profile']],
  ['html', ['manifest']],
  ['iframe', ['longdesc', 'src']],
  ['img', ['longdesc', 'src', 'usemap']],
  ['input', ['formaction', 'src', 'usemap']],
  ['ins', ['cite']],
  ['link', ['href']],
  ['object', ['classid', 'codebase', 'data', 'usemap']],
  ['q', ['cite']],
  ['script', ['src']],
  ['source', ['src']],
  ['video', ['poster', 'src']],
])

const TAG_LENGTH_MAX = 64 * 1024 // A longer one is handed on as it is, so that nobody can have us keep much.

/** A page with its links leading through the proxy, as it comes. Bytes that are in no link are not touched. */
export async function* rewrittenHtml(
  body: AsyncIterable<Uint8Array>,
  rewriting: Rewriting,
): AsyncGenerator<Uint8Array> {
  let rest = ''
  for await (const chunk of body) {
    rest += textOf(chunk)
    const open = rest.lastIndexOf('<')
    const isWhole = open === -1 || rest.indexOf('>', open) !== -1
    const end = isWhole || rest.length - open > TAG_LENGTH_MAX ? rest.length : open
    if (end > 0) yield bytesOf(rewrittenTags(rest.slice(0, end), rewriting))
    rest = rest.slice(end)
  }
  if (rest !== '') yield bytesOf(rest)
}

const TAG = /<([a-z]+)(\s[^<>]*)>/gi
const ATTRIBUTE = /(\s)([a-z]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi

function rewrittenTags(html: string, rewriting: Rewriting): string {
  return html.replaceAll(TAG, (tag, name: string, attributes: string) => {
    const links = LINKS.get(name.toLowerCase())
    return links ? `<${name}${rewrittenLinks(attributes, links, rewriting)}>` : tag
  })
}

function rewrittenLinks(text: string, links: readonly string[], rewriting: Rewriting): string {
  return text.replaceAll(
    ATTRIBUTE,
    (whole, space: string, name: string, equals: string, ...values: (string | undefined)[]) => {
      if (!links.includes(name.toLowerCase())) return whole
      const link = values.slice(0, 3).find((each) => each !== undefined) ?? ''
      const through = rewrittenUrl(link, rewriting)
      return through === link ? whole : `${space}${name}${equals}"${through}"`
    },
  )
}

const STEP = 8192 // Arguments of one call.

// One character for each byte, whatever the page's encoding: all that matters here is ASCII.
function textOf(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += STEP) {
    text += String.fromCharCode(...bytes.subarray(at, at + STEP))
  }
  return text
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i)
  return bytes
}
