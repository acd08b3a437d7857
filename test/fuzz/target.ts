import { StatusError } from '../../src/apimachinery/status-error.ts'
import type { Random } from '../../src/base/random.ts'

/** Something that reads what clients send. */
export interface Target {
  readonly name: string
  /** Inputs that are read well, from which others are made. */
  readonly seeds: readonly Uint8Array[]
  /** Words of the language. */
  readonly tokens?: readonly string[]
  /** How long an input may become; 4 KiB where nothing is said. */
  readonly bytesMax?: number
  /** Makes an input that is close to one that is read well. */
  readonly generate?: (random: Random) => Uint8Array
  /** Reads an input, and checks what must hold of the result. Throws where it refuses the input. */
  readonly read: (input: Uint8Array) => unknown
  /** Whether an error is an answer that a client can be given. */
  readonly isRefusal: (error: unknown) => boolean
}

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder()

export const bytesOf = (text: string): Uint8Array => ENCODER.encode(text)
export const textOf = (bytes: Uint8Array): string => DECODER.decode(bytes)

/** The refusals of one class of errors. */
export function only(...classes: readonly (new (...args: never[]) => Error)[]) {
  return (error: unknown): boolean => classes.some((each) => error instanceof each)
}

/** What a client is told is its own fault. */
export function isClientError(error: unknown): boolean {
  return error instanceof StatusError && error.status.code >= 400 && error.status.code < 500
}
