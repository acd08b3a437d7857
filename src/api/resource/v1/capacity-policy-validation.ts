import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { formatQuantity } from '../../../schema/quantity.ts'
import { compareTexts, toQuantity } from '../../core/v1/resource-validation.ts'
import { eachAt, NONE } from '../../validation/rules.ts'
import { validateSet } from './device-validation.ts'
import type { CapacityRequestPolicy, CapacityRequestPolicyRange } from './resource-slice.ts'

const VALUES_MAX = 10

/** Checks how much of a device's capacity one request may take (KEP-5075). */
export function validateRequestPolicy(
  capacity: string,
  { default: byDefault, validValues: values = [], validRange: range }: CapacityRequestPolicy,
  path: string,
): FieldError[] {
  if (values.length > 0 && range) {
    const text =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time'
    return [forbidden(path, text)]
  }
  const field = values.length > 0 ? 'validValues' : 'validRange'
  if (values.length === 0 && !range) return NONE
  if (byDefault === undefined)
    return [required(`${path}.default`, `required when ${field} is defined`)]
  const at = `${path}.${field}`
  return range
    ? validateRange(byDefault, capacity, range, at)
    : validateValues(byDefault, capacity, values, at)
}

function validateValues(
  byDefault: string,
  capacity: string,
  values: readonly string[],
  path: string,
): FieldError[] {
  const isThere = values.some((value) => compareTexts(value, byDefault) === 0)
  const key = (value: string): string => String(toQuantity(value).nano)
  return [
    ...eachAt(values, path, (value, at, i) =>
      i > 0 && compareTexts(values[i - 1]!, value) > 0
        ? [invalid(at, value, 'values must be sorted in ascending order')]
        : NONE,
    ),
    ...validateSet(values, path, VALUES_MAX, key, (value, at) =>
      compareTexts(value, capacity) > 0
        ? [invalid(at, value, `option is larger than capacity value: ${capacity}`)]
        : NONE,
    ),
    ...(isThere
      ? NONE
      : [invalid(path, byDefault, 'default value is not valid according to the requestPolicy')]),
  ]
}

function validateRange(
  byDefault: string,
  capacity: string,
  range: Partial<CapacityRequestPolicyRange>,
  path: string,
): FieldError[] {
  const { min, max, step } = range
  if (min === undefined) return [required(`${path}.min`, 'required when validRange is defined')]
  return [
    ...(compareTexts(min, capacity) > 0
      ? [invalid(`${path}.min`, min, `min is larger than capacity value: ${capacity}`)]
      : NONE),
    ...(compareTexts(byDefault, min) < 0
      ? [invalid(`${path}.default`, byDefault, `default is less than min: ${min}`)]
      : NONE),
    ...(max === undefined ? NONE : validateMax(byDefault, capacity, { min, max }, path)),
    ...(step === undefined
      ? NONE
      : validateStep(
          max === undefined ? [byDefault] : [byDefault, max],
          capacity,
          min,
          step,
          path,
        )),
  ]
}

function validateMax(
  byDefault: string,
  capacity: string,
  { min, max }: { readonly min: string; readonly max: string },
  path: string,
): FieldError[] {
  const at = `${path}.max`
  return [
    ...(compareTexts(min, max) > 0 ? [invalid(at, min, `min is larger than max: ${max}`)] : NONE),
    ...(compareTexts(max, capacity) > 0
      ? [invalid(at, max, `max is larger than capacity value: ${capacity}`)]
      : NONE),
    ...(compareTexts(byDefault, max) > 0
      ? [invalid(`${path}.default`, byDefault, `default is more than max: ${max}`)]
      : NONE),
  ]
}

/** Every value is some steps above the least. */
function validateStep(
  values: readonly string[],
  capacity: string,
  min: string,
  step: string,
  path: string,
): FieldError[] {
  const at = `${path}.step`
  const [stepNano, minNano] = [toQuantity(step).nano, toQuantity(min).nano]
  if (stepNano <= 0n) return [invalid(at, step, 'must be greater than zero')]
  const added = { ...toQuantity(min), nano: minNano + stepNano }
  const isTooLarge = added.nano > toQuantity(capacity).nano
  return [
    ...(isTooLarge
      ? [
          invalid(
            at,
            step,
            `one step ${formatQuantity(added)} is larger than capacity value: ${capacity}`,
          ),
        ]
      : NONE),
    ...values
      .filter((value) => (toQuantity(value).nano - minNano) % stepNano !== 0n)
      .map((value) =>
        invalid(at, value, `value is not a multiple of a given step (${step}) from (${min})`),
      ),
  ]
}
