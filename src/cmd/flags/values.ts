import { parseDuration } from '../../apimachinery/durations.ts'
import { ParseError } from '../../apimachinery/parse-error.ts'
import { UserError } from '../user-error.ts'

/** Reads the value of the flag `--NAME`. Throws `UserError`. */
type Reader<T> = (name: string, text: string) => T

const NUMBER_MAX = 999_999_999

/** The value of a flag that may be absent, by its property's name. Throws `UserError`. */
export function valueOf<K extends string, T>(
  flags: Readonly<Partial<Record<K, string>>>,
  key: K,
  read: Reader<T>,
): T | undefined {
  const text = flags[key]
  return text === undefined ? undefined : read(flagName(key), text)
}

/** `eventTtl` is the property of `--event-ttl`. */
export function flagName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

export function wholeNumber(name: string, text: string, max = NUMBER_MAX): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= max) return Number(text)
  throw wrong(`--${name} ${text} is not a whole number${max < NUMBER_MAX ? ` up to ${max}` : ''}.`)
}

export function bool(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw wrong(`--${name} ${text} is neither true nor false.`)
}

/** The milliseconds of a duration, such as 1m30s. */
export function milliseconds(name: string, text: string, example = '30s'): number {
  try {
    const ms = parseDuration(text)
    if (ms >= 0) return ms
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause
  }
  throw wrong(`--${name} ${text} is no duration: give for example ${example}.`)
}

/** What is wrong with how the command was called. */
export function wrong(sentence: string): UserError {
  return new UserError(sentence, { exitCode: 2 })
}
