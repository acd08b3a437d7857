import { invalid, required, tooLong, type FieldError } from '../../../schema/field-error.ts'
import { NONE, qualifiedName } from '../../validation/rules.ts'

const BYTES_MAX = 256 * 1024
const COUNT_MAX = 512

/** The name of a driver that makes or changes volumes. */
export function validateDriver(name: string, path: string): FieldError[] {
  return name ? qualifiedName(name.toLowerCase(), path) : [required(path)]
}

/** Settings handed to such a driver. */
export function validateParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const entries = Object.entries(parameters ?? {})
  if (entries.length > COUNT_MAX) return [tooLong(path, COUNT_MAX)]
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return [
    ...(entries.some(([key]) => !key) ? [invalid(path, '', 'field can not be empty.')] : NONE),
    ...(bytes > BYTES_MAX ? [tooLong(path, BYTES_MAX)] : NONE),
  ]
}
