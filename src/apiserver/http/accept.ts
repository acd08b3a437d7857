/** A form in which a client takes its answer, and how much it likes it. */
export interface Wish {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

// Sorting takes the square of their number, and headers may be a megabyte long.
const WISHES_MAX = 100

/**
 * The wishes of an Accept header, from the one liked best on, in the order that upstream's parser gives
 * (github.com/munnerz/goautoneg): what is no media type is passed over, and so is what follows the hundredth.
 */
export function wishesOf(accept: string): readonly Wish[] {
  const wishes: Wish[] = []
  for (const text of accept.split(',', WISHES_MAX)) {
    const wish = parseWish(text)
    if (wish) insert(wishes, wish)
  }
  return wishes
}

// Upstream's order is no consistent one (a wildcard that is liked better loses against a type that is named), so what
// comes out depends on how it is sorted: by insertion.
function insert(wishes: Wish[], wish: Wish): void {
  let at = wishes.length
  while (at > 0 && goesBefore(wish, wishes[at - 1]!)) at -= 1
  wishes.splice(at, 0, wish)
}

function goesBefore(a: Wish, b: Wish): boolean {
  if (a.quality > b.quality) return true
  if (!a.type.startsWith('*') && b.type.startsWith('*')) return true
  return !a.type.endsWith('/*') && b.type.endsWith('/*')
}

function parseWish(text: string): Wish | undefined {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim())
  const [main, sub, more] = type.split('/')
  if (more !== undefined || (sub === undefined && main !== '*')) return undefined
  const parameters = new Map<string, string>()
  for (const part of rest) {
    const [name = '', value, third] = part.split('=')
    if (value !== undefined && third === undefined) parameters.set(name.trim(), value.trim())
  }
  const quality = Number(parameters.get('q') ?? 1) || 0
  return { type: sub === undefined ? '*/*' : `${main!.trim()}/${sub.trim()}`, parameters, quality }
}
