import { readFileSync } from 'node:fs'
import { UserError } from '../user-error.ts'

/** How what is written in a file is read; what is wrong with it throws an `Invalid`. */
interface Format<T> {
  readonly parse: (text: string) => T
  readonly Invalid: new (message: string) => Error
}

/** What the file says that a flag names. Throws `UserError` where it cannot be read or used. */
export function parsedFile<T>(flag: string, file: string, { parse, Invalid }: Format<T>): T {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const isUnread = (cause as NodeJS.ErrnoException).code !== undefined
    if (!isUnread && !(cause instanceof Invalid)) throw cause
    const { message } = cause as Error
    throw new UserError(`invalid argument for ${flag} ${file}: ${message}`, { exitCode: 2, cause })
  }
}
