import { dns1123SubdomainProblems, labelValueProblems } from '../../../apimachinery/names.ts'
import { forbidden, invalid, required, type FieldError } from '../../../schema/field-error.ts'
import { eachAt, NONE, problemsAt, qualifiedName } from '../../validation/rules.ts'
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from './selector.ts'

/** Checks a selector of nodes, as node affinity and PersistentVolumes have it. */
export function validateNodeSelector(
  { nodeSelectorTerms: terms }: NodeSelector,
  path: string,
): FieldError[] {
  const at = `${path}.nodeSelectorTerms`
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')]
  return eachAt(terms, at, (term, termPath) => validateNodeSelectorTerm(term, termPath))
}

/** `allowAnyValue`: a preference that nothing can meet does no harm. */
export function validateNodeSelectorTerm(
  { matchExpressions, matchFields }: NodeSelectorTerm,
  path: string,
  { allowAnyValue = false } = {},
): FieldError[] {
  return [
    ...eachAt(matchExpressions, `${path}.matchExpressions`, (each, at) =>
      validateExpression(each, at, allowAnyValue),
    ),
    ...eachAt(matchFields, `${path}.matchFields`, validateField),
  ]
}

function validateExpression(
  requirement: NodeSelectorRequirement,
  path: string,
  allowAnyValue: boolean,
): FieldError[] {
  const { key, values } = requirement
  return [
    ...validateOperator(requirement, path),
    ...qualifiedName(key, `${path}.key`),
    ...(allowAnyValue
      ? NONE
      : eachAt(values, `${path}.values`, (value, at) =>
          problemsAt(at, value, labelValueProblems(value)),
        )),
  ]
}

function validateOperator(
  { operator, values = [] }: NodeSelectorRequirement,
  path: string,
): FieldError[] {
  const at = `${path}.values`
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? NONE
        : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist': {
      const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
      return values.length === 0 ? NONE : [forbidden(at, text)]
    }
    case 'Gt':
    case 'Lt': {
      const text = "must be specified single value when `operator` is 'Lt' or 'Gt'"
      return values.length === 1 ? NONE : [required(at, text)]
    }
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')]
  }
}

function validateField(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
): FieldError[] {
  const isKnown = operator === 'In' || operator === 'NotIn'
  const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
  return [
    ...(isKnown ? NONE : [invalid(`${path}.operator`, operator, 'not a valid selector operator')]),
    ...(isKnown && values.length !== 1 ? [required(`${path}.values`, text)] : NONE),
    ...(key === 'metadata.name'
      ? eachAt(values, `${path}.values`, (value, at) =>
          problemsAt(at, value, dns1123SubdomainProblems(value)),
        )
      : [invalid(`${path}.key`, key, 'not a valid field selector key')]),
  ]
}
