import { constants, watch } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LogFormatter, type LogOptions } from './log-lines.ts'

const CHUNK_BYTES = 64 * 1024
const LINE_BYTES_MAX = 256 * 1024 // The runtime cuts lines at 16 KiB, so more than this is no log.
const NEWLINE = 10

export interface ReadLogOptions extends LogOptions {
  /** Whether the container still runs, and so its log may grow. */
  readonly isRunning: () => boolean
  /** Calls back when that may have changed, until disposed. */
  readonly onChange: (callback: () => void) => Disposable
  readonly signal: AbortSignal
}

/** Reads a container's log in pieces; following, until the container has ended and all of it was read. */
export async function* readLog(path: string, options: ReadLogOptions): AsyncGenerator<Uint8Array> {
  const { follow, isRunning, signal, tailLines } = options
  const formatter = new LogFormatter(options)
  using changes = new Changes(path, options)
  let file = await openLog(path)
  try {
    let position = tailLines === undefined ? 0 : await startOfLastLines(file, tailLines)
    let rest: Uint8Array = new Uint8Array()
    while (!signal.aborted && !formatter.isDone) {
      const wasRunning = isRunning()
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        position,
      )
      position += bytesRead
      if (bytesRead > 0) {
        const piece = formatLines(Buffer.concat([rest, buffer.subarray(0, bytesRead)]), formatter)
        // A line too long for a log stays one that cannot be read, however it goes on.
        rest = piece.rest.length > LINE_BYTES_MAX ? piece.rest.subarray(0, 1) : piece.rest
        if (piece.formatted.length > 0) yield piece.formatted
        continue
      }
      const next = await rotated(path, file, position)
      if (next === 'grown') continue
      const isOver = !next && (!follow || !wasRunning)
      if (next || isOver) {
        // The line that was being written when the container or the file ended.
        const last = rest.length > 0 ? formatter.format(rest) : undefined
        if (last && last.length > 0) yield last
        rest = new Uint8Array()
      }
      // What was written before the container ended has been read by now.
      if (isOver) return
      if (next) {
        await file.close()
        file = next
        position = 0
        continue
      }
      await changes.next()
    }
  } finally {
    await file.close()
  }
}

/** Logs are files: a link that somebody with access to their directory has put there leads nowhere. */
function openLog(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
}

function formatLines(
  bytes: Buffer,
  formatter: LogFormatter,
): { formatted: Uint8Array; rest: Uint8Array } {
  const formatted: Uint8Array[] = []
  let start = 0
  for (
    let end = bytes.indexOf(NEWLINE);
    end >= 0 && !formatter.isDone;
    end = bytes.indexOf(NEWLINE, start)
  ) {
    const line = formatter.format(bytes.subarray(start, end))
    if (line) formatted.push(line)
    start = end + 1
  }
  return { formatted: Buffer.concat(formatted), rest: bytes.subarray(start) }
}

/** The new file, where the log was rotated; `grown` where the old one must be read on before. */
async function rotated(
  path: string,
  file: FileHandle,
  position: number,
): Promise<FileHandle | 'grown' | undefined> {
  const there = await stat(path).catch(() => undefined)
  const here = await file.stat() // Nothing is written to it any more when there is another one by now.
  if (!there || (there.ino === here.ino && there.size >= position)) return undefined
  if (there.ino !== here.ino && here.size > position) return 'grown'
  return openLog(path).catch(() => undefined)
}

/** Where the last `count` lines begin: found from the end, so that a long log is not read for its last words. */
async function startOfLastLines(file: FileHandle, count: number): Promise<number> {
  const { size } = await file.stat()
  let [position, left] = [size, count]
  while (position > 0) {
    const length = Math.min(CHUNK_BYTES, position)
    position -= length
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, position)
    for (let i = length - 1; i >= 0; i--) {
      // The line break at the very end closes the last line and begins none.
      if (buffer[i] !== NEWLINE || position + i === size - 1) continue
      left -= 1
      if (left === 0) return position + i + 1
      if (left < 0) return size
    }
  }
  return count === 0 ? size : 0
}

/** Tells when to look again: the file changed, the container's state changed, or the reader gave up. */
class Changes implements Disposable {
  readonly #stack = new DisposableStack()
  #wake = Promise.withResolvers<void>()

  constructor(path: string, { follow, onChange, signal }: ReadLogOptions) {
    if (!follow) return
    const wake = (): void => this.#wake.resolve()
    // Of the directory, since a rotated log goes on in a file that is not there yet.
    const watcher = watch(dirname(path), wake)
    watcher.on('error', wake)
    this.#stack.defer(() => watcher.close())
    this.#stack.use(onChange(wake))
    signal.addEventListener('abort', wake, { once: true })
    this.#stack.defer(() => signal.removeEventListener('abort', wake))
  }

  async next(): Promise<void> {
    await this.#wake.promise
    this.#wake = Promise.withResolvers()
  }

  [Symbol.dispose](): void {
    this.#stack.dispose()
  }
}
