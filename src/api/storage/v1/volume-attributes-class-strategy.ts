import { equal } from '../../../apimachinery/equality.ts'
import { forbidden, required, type FieldError } from '../../../schema/field-error.ts'
import type { Strategy } from '../../strategy.ts'
import { NONE } from '../../validation/rules.ts'
import { validateDriver, validateParameters } from './parameter-validation.ts'
import type { VolumeAttributesClass } from './volume-attributes-class.ts'

/** The rules of VolumeAttributesClasses (pkg/registry/storage/volumeattributesclass/strategy.go). */
export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  validateCreate: validateClass,
  validateUpdate: (object, old) => [
    ...(object.driverName === old.driverName
      ? NONE
      : [forbidden('driverName', 'updates to driverName are forbidden.')]),
    ...(equal(object.parameters, old.parameters)
      ? NONE
      : [forbidden('parameters', 'updates to parameters are forbidden.')]),
    ...validateClass(object),
  ],
}

function validateClass({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  const isEmpty = Object.keys(parameters ?? {}).length === 0
  return [
    ...validateDriver(driverName, 'driverName'),
    ...validateParameters(parameters, 'parameters'),
    ...(isEmpty ? [required('parameters', 'must contain at least one key/value pair')] : NONE),
  ]
}
