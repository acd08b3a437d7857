import { ParseError } from '../../apimachinery/parse-error.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { decode, DecodeError } from '../../schema/decode.ts'
import { formatStrictProblem, inspect } from '../../schema/inspect.ts'
import type { MessageClass } from '../../schema/message.ts'

/** What a file is to hold, and what is thrown where it does not. */
export interface ConfigurationFormat<T> {
  readonly type: MessageClass & (new () => T)
  readonly apiVersion: string
  readonly kind: string
  readonly Invalid: new (message: string, options?: ErrorOptions) => Error
}

/** Reads a configuration file, strictly: fields that are unknown or said twice are errors too. Throws an `Invalid`. */
export function readConfiguration<T>(
  yaml: string,
  { type, apiVersion, kind, Invalid }: ConfigurationFormat<T>,
): T {
  try {
    const { value, duplicates = [] } = parseYamlDocuments(yaml)[0] ?? {}
    const said = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown }
    if (said.kind !== kind || said.apiVersion !== apiVersion)
      throw new Invalid(
        `no kind ${JSON.stringify(said.kind ?? '')} is registered for version ${JSON.stringify(said.apiVersion ?? '')}: want ${kind} of ${apiVersion}`,
      )
    const problems = [...duplicates, ...inspect(type, value).strict.map(formatStrictProblem)]
    if (problems.length > 0) throw new Invalid(`strict decoding error: ${problems.join(', ')}`)
    return decode(type, value, { unknownFields: [] }) as unknown as T
  } catch (cause) {
    if (!(cause instanceof DecodeError || cause instanceof ParseError)) throw cause
    throw new Invalid(cause.message, { cause })
  }
}
