import {
  atField,
  atIndex,
  forbidden,
  invalid,
  required,
  type FieldError,
} from '../schema/field-error.ts'
import type { Labels, LabelSelector } from './labels.ts'
import { labelValueProblems, qualifiedNameProblems } from './names.ts'

/** Checks labels, as in `metadata.labels`. */
export function validateLabels(labels: Labels | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalid(path, key, problem)),
    ...labelValueProblems(value).map((problem) => invalid(path, value, problem)),
  ])
}

export interface LabelSelectorRules {
  /** Where an object already breaks the rule for values, an update may too. */
  readonly allowInvalidValues?: boolean
  /** Clients that are newer may know operators that are not known here. */
  readonly allowUnknownOperators?: boolean
}

/** Checks a LabelSelector of the API. */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  path: string,
  rules: LabelSelectorRules = {},
): FieldError[] {
  if (!selector) return []
  return [
    ...validateLabels(selector.matchLabels, atField(path, 'matchLabels')),
    ...(selector.matchExpressions ?? []).flatMap((each, i) =>
      validateExpression(each, atIndex(atField(path, 'matchExpressions'), i), rules),
    ),
  ]
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number]

/** Checks one requirement of a selector of labels. */
export function validateExpression(
  { key, operator, values = [] }: Expression,
  path: string,
  { allowInvalidValues = false, allowUnknownOperators = false }: LabelSelectorRules,
): FieldError[] {
  const atValues = atField(path, 'values')
  return [
    ...validateOperator(operator, values, path, allowUnknownOperators),
    ...qualifiedNameProblems(key).map((problem) => invalid(atField(path, 'key'), key, problem)),
    ...(allowInvalidValues ? [] : values).flatMap((value, i) =>
      labelValueProblems(value).map((problem) => invalid(atIndex(atValues, i), value, problem)),
    ),
  ]
}

/** Whether values fit to the operator of a requirement, of labels or of fields. */
export function validateOperator(
  operator: string,
  values: readonly string[],
  path: string,
  allowUnknown: boolean,
): FieldError[] {
  const atValues = atField(path, 'values')
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length > 0) return []
    return [required(atValues, "must be specified when `operator` is 'In' or 'NotIn'")]
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length === 0) return []
    return [
      forbidden(atValues, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
    ]
  }
  if (allowUnknown) return []
  return [invalid(atField(path, 'operator'), operator, 'not a valid selector operator')]
}
