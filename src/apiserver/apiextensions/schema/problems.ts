import {
  invalid,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  unsupported,
  type FieldError,
} from '../../../schema/field-error.ts'
import { encodeJson } from '../../../schema/json.ts'

/** What the field of an error reads where it is about the whole (Go's nil path). */
export const NOWHERE = '<nil>'

/** Where a value is: the path as messages name it, and the field that it is below. */
export interface Place {
  /** Empty at the top. */
  readonly name: string
  /** The field that the whole value stands in, such as `status`; empty for an object. */
  readonly prefix: string
}

/** The words of kube-openapi's validation for what is wrong at a place. */
export function problems(place: Place) {
  const at = fieldOf(place)
  const inBody = `${place.name} in body`
  const value = (bad: unknown, text: string): FieldError => invalid(at, bad, `${inBody} ${text}`)
  return {
    type: (expected: string, actual: string): FieldError =>
      typeInvalid(at, actual, `${inBody} must be of type ${expected}: ${JSON.stringify(actual)}`),
    format: (format: string, text: string): FieldError =>
      typeInvalid(at, text, `${inBody} must be of type ${format}: ${JSON.stringify(text)}`),
    required: (name: string): FieldError =>
      required(fieldOf({ ...place, name: `${place.name}.${name}` })),
    enum: (bad: unknown, values: readonly unknown[]): FieldError =>
      unsupported(
        at,
        bad,
        values.map((each) => (typeof each === 'string' ? each : encodeJson(each))),
      ),
    tooLong: (max: number): FieldError => tooLong(at, max),
    tooShort: (text: string, min: number): FieldError =>
      value(text, `should be at least ${min} chars long`),
    pattern: (text: string, pattern: string): FieldError =>
      value(text, `should match '${pattern}'`),
    maximum: (bad: unknown, max: number, exclusive = false): FieldError =>
      value(bad, `should be less than ${exclusive ? '' : 'or equal to '}${max}`),
    minimum: (bad: unknown, min: number, exclusive = false): FieldError =>
      value(bad, `should be greater than ${exclusive ? '' : 'or equal to '}${min}`),
    multipleOf: (bad: unknown, factor: number): FieldError =>
      factor <= 0
        ? invalid(
            at,
            factor,
            `factor MultipleOf declared for ${place.name} must be positive: ${factor}`,
          )
        : value(bad, `should be a multiple of ${factor}`),
    tooManyItems: (count: number, max: number): FieldError => tooMany(at, count, max),
    tooFewItems: (count: number, min: number): FieldError =>
      value(count, `should have at least ${min} items`),
    tooManyProperties: (count: number, max: number): FieldError => tooMany(at, count, max),
    tooFewProperties: (count: number, min: number): FieldError =>
      value(count, `should have at least ${min} properties`),
    notAllowed: (name: string): FieldError =>
      invalid(at, name, `${place.name}.${name} in body is a forbidden property`),
    /** What is wrong with the logic of a schema has no place in upstream's answers but in its text. */
    logic: (text: string): FieldError =>
      invalid(
        place.prefix === '' ? NOWHERE : place.prefix,
        '',
        `${JSON.stringify(place.name)} ${text}`,
      ),
    range: (type: string, format: string): FieldError =>
      invalid(
        place.prefix === '' ? NOWHERE : place.prefix,
        '',
        `Checked value must be of type ${type} with format ${format} in ${place.name}`,
      ),
  }
}

function fieldOf({ name, prefix }: Place): string {
  const inside = name.startsWith('.') ? name.slice(1) : name
  if (inside === '') return prefix === '' ? NOWHERE : prefix
  return prefix === '' ? inside : `${prefix}.${inside}`
}
