import { invalid, type FieldError } from '../../../schema/field-error.ts'
import { NONE } from '../../validation/rules.ts'

/** The rules for paths within volumes and on nodes. */

const FILE_MODE = 'must be a number between 0 and 0777 (octal), both inclusive'

export function validateFileMode(mode: number | undefined, path: string): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return NONE
  return [invalid(path, mode, FILE_MODE)]
}

export function validateNoBacksteps(target: string, path: string): FieldError[] {
  return target.split('/').includes('..') ? [invalid(path, target, "must not contain '..'")] : NONE
}

/** Relative, and never upwards. */
export function validateDescendingPath(target: string, path: string): FieldError[] {
  return [
    ...(target.startsWith('/') ? [invalid(path, target, 'must be a relative path')] : NONE),
    ...validateNoBacksteps(target, path),
  ]
}

/** As `validateDescendingPath`, and not of a name that the kubelet keeps for itself. */
export function validateNonReservedPath(target: string, path: string): FieldError[] {
  return [
    ...validateDescendingPath(target, path),
    ...(target.startsWith('..') && !target.startsWith('../')
      ? [invalid(path, target, "must not start with '..'")]
      : NONE),
  ]
}
