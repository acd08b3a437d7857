import { concatenate } from '../../base/bytes.ts'

const BLOCK_BYTES = 512
const PATH_BYTES_MAX = 100 // What fits the header without the extensions of newer formats.
const encoder = new TextEncoder()

/** What lies at a path, relative and without a slash at the end. */
export type TarEntry =
  | {
      readonly path: string
      readonly type: 'file'
      readonly content: Uint8Array
      readonly mode?: number
    }
  | { readonly path: string; readonly type: 'directory'; readonly mode?: number }
  | { readonly path: string; readonly type: 'symlink'; readonly target: string }

/**
 * A tar archive (POSIX.1-1988, ustar). Everything belongs to root and was changed at the epoch, so that the same
 * entries always make the same bytes.
 */
export function tarArchive(entries: readonly TarEntry[]): Uint8Array {
  const parts = entries.flatMap((entry) => [header(entry), ...paddedContent(entry)])
  parts.push(new Uint8Array(2 * BLOCK_BYTES))
  return concatenate(parts)
}

function header(entry: TarEntry): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES)
  const put = (offset: number, text: string): void => block.set(encoder.encode(text), offset)

  put(0, checkedPath(entry.type === 'directory' ? `${entry.path}/` : entry.path))
  put(100, octal(mode(entry), 7))
  put(108, octal(0, 7)) // User
  put(116, octal(0, 7)) // Group
  put(124, octal(entry.type === 'file' ? entry.content.length : 0, 11))
  put(136, octal(0, 11)) // Changed at
  put(148, ' '.repeat(8)) // The checksum counts as spaces in its own sum.
  put(156, { file: '0', symlink: '2', directory: '5' }[entry.type])
  if (entry.type === 'symlink') put(157, checkedPath(entry.target))
  put(257, 'ustar\x0000')
  put(
    148,
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
  )
  return block
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`
}

function mode(entry: TarEntry): number {
  if (entry.type === 'symlink') return 0o777
  return entry.mode ?? (entry.type === 'directory' ? 0o755 : 0o644)
}

function checkedPath(path: string): string {
  if (encoder.encode(path).length <= PATH_BYTES_MAX) return path
  throw new RangeError(
    `Cannot write tar archive: path is longer than ${PATH_BYTES_MAX} bytes: ${path}`,
  )
}

function paddedContent(entry: TarEntry): Uint8Array[] {
  if (entry.type !== 'file') return []
  const rest = entry.content.length % BLOCK_BYTES
  return rest === 0 ? [entry.content] : [entry.content, new Uint8Array(BLOCK_BYTES - rest)]
}
