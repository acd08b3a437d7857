/** The size of a terminal in characters. */
export interface TerminalSize {
  readonly width: number
  readonly height: number
}

/** The longest JSON of a size that is read; a client that sends more is not listened to any further. */
const RESIZE_BYTES_MAX = 1024

/** A size as it goes over the wire. */
export function encodeResize({ width, height }: TerminalSize): string {
  return `${JSON.stringify({ Width: width, Height: height })}\n`
}

/** Finds sizes in text that arrives in pieces. After something that is no size it finds no more. */
export function resizeDecoder(): (text: string) => readonly TerminalSize[] {
  let rest = ''
  let broken = false
  return (text) => {
    if (broken) return []
    const objects = (rest + text).split('}')
    rest = objects.pop()!
    const sizes: TerminalSize[] = []
    for (const object of objects) {
      const size = parseSize(`${object}}`)
      broken = !size
      if (!size) break
      sizes.push(size)
    }
    broken ||= rest.length > RESIZE_BYTES_MAX
    if (broken) rest = ''
    return sizes
  }
}

function parseSize(json: string): TerminalSize | undefined {
  if (json.length > RESIZE_BYTES_MAX) return undefined
  try {
    const object = JSON.parse(json) as Record<string, unknown>
    const field = (name: string): unknown =>
      object[Object.keys(object).find((key) => key.toLowerCase() === name) ?? name]
    const [width = 0, height = 0] = [field('width'), field('height')]
    return isUint16(width) && isUint16(height) ? { width, height } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isUint16(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff
}

/** Sizes from a client to whoever has the terminal. Only the newest counts, so no more than one waits. */
export interface ResizeQueue extends AsyncIterable<TerminalSize> {
  push(size: TerminalSize): void
  end(): void
}

export function resizeQueue(): ResizeQueue {
  let newest: TerminalSize | undefined
  let ended = false
  let wake = Promise.withResolvers<void>()
  const notify = (): void => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  return {
    push(size) {
      newest = size
      notify()
    },
    end() {
      ended = true
      notify()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (newest) {
          const size = newest
          newest = undefined
          yield size
        }
        if (ended) return
        await wake.promise
      }
    },
  }
}
