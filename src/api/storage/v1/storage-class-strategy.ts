import { equal } from '../../../apimachinery/equality.ts'
import { duplicate, forbidden, required, type FieldError } from '../../../schema/field-error.ts'
import { nodeLabelWarning } from '../../core/v1/pod-warnings.ts'
import type {
  TopologySelectorLabelRequirement,
  TopologySelectorTerm,
} from '../../core/v1/selector.ts'
import type { Strategy } from '../../strategy.ts'
import { eachAt, immutable, NONE, oneOf, qualifiedName, unique } from '../../validation/rules.ts'
import { validateDriver, validateParameters } from './parameter-validation.ts'
import type { StorageClass } from './storage-class.ts'

/** The rules of StorageClasses (pkg/registry/storage/storageclass/strategy.go). */
export const storageClassStrategy: Strategy<StorageClass> = {
  validateCreate: validateStorageClass,
  validateUpdate: (object, old) => [
    ...validateStorageClass(object),
    ...validateChange(object, old),
  ],
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
      matchLabelExpressions.flatMap(({ key }, j) => {
        const text = nodeLabelWarning(key)
        const path = `allowedTopologies[${i}].matchLabelExpressions[${j}].key`
        return text === undefined ? [] : [`${path}: ${text}`]
      }),
    ),
}

function validateStorageClass(object: StorageClass): FieldError[] {
  return [
    ...validateDriver(object.provisioner, 'provisioner'),
    ...validateParameters(object.parameters, 'parameters'),
    ...oneOf(object.reclaimPolicy, ['Delete', 'Retain'], 'reclaimPolicy'),
    ...oneOf(object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode'),
    ...validateTopologies(object.allowedTopologies ?? [], 'allowedTopologies'),
  ]
}

function validateTopologies(terms: readonly TopologySelectorTerm[], path: string): FieldError[] {
  // A term that says nothing counts as one that is there already.
  const seen = new Set([keyOf({})])
  return eachAt(terms, path, (term, at) => {
    const { matchLabelExpressions: expressions } = term
    const listPath = `${at}.matchLabelExpressions`
    const key = keyOf(term)
    const isTwice = seen.has(key)
    seen.add(key)
    return [
      ...eachAt(expressions, listPath, validateRequirement),
      ...unique(expressions, listPath, (each) => each.key).map((error) => ({
        ...error,
        field: `${error.field}.key`,
      })),
      ...(isTwice ? [duplicate(listPath, '')] : NONE),
    ]
  })
}

/** The same for terms that ask for the same. */
function keyOf({ matchLabelExpressions = [] }: TopologySelectorTerm): string {
  const pairs = matchLabelExpressions.map(({ key, values }) => [
    key,
    [...new Set(values)].toSorted(),
  ])
  return JSON.stringify(
    Object.entries(Object.fromEntries(pairs)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function validateRequirement(
  { key, values }: TopologySelectorLabelRequirement,
  path: string,
): FieldError[] {
  return [
    ...(values.length === 0 ? [required(`${path}.values`)] : NONE),
    ...unique(values, `${path}.values`, (value) => value),
    ...qualifiedName(key, `${path}.key`),
  ]
}

function validateChange(object: StorageClass, old: StorageClass): FieldError[] {
  const isSame = {
    parameters: equal(object.parameters, old.parameters),
    provisioner: object.provisioner === old.provisioner,
    reclaimPolicy: object.reclaimPolicy === old.reclaimPolicy,
  }
  return [
    ...Object.entries(isSame)
      .filter(([, same]) => !same)
      .map(([field]) => forbidden(field, `updates to ${field} are forbidden.`)),
    ...immutable(object.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ]
}
