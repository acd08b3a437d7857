/** The primary result codes that mean something to us (https://www.sqlite.org/rescode.html). */
export const SQLITE = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  NOTADB: 26,
} as const

const IOERR_WRITE = 778 // An extended code.

/** What `node:sqlite` throws. The low byte of `errcode` is the primary result code. */
export interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR'
  readonly errcode: number
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as Partial<SqliteError>).code === 'ERR_SQLITE_ERROR'
}

/**
 * Whether writing may go well another time: nothing was written for want of space. After a failed sync, by contrast,
 * nobody knows what the disk holds.
 */
export function mayPass(error: unknown): boolean {
  if (!isSqliteError(error)) return false
  return (error.errcode & 0xff) === SQLITE.FULL || error.errcode === IOERR_WRITE
}

/** Why a write failed, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  if (!isSqliteError(error)) return error instanceof Error ? error.message : String(error)
  switch (error.errcode & 0xff) {
    case SQLITE.FULL:
      return 'no space is left on the disk or within the limit of the file'
    case SQLITE.IOERR:
      return 'I/O error'
    case SQLITE.READONLY:
      return 'the file is read-only'
    case SQLITE.CORRUPT:
      return 'the file is damaged'
    default:
      return error.message
  }
}
