import { invalid, type FieldError } from '../../../schema/field-error.ts'
import { NONE } from '../../validation/rules.ts'

interface Counted {
  readonly collisionCount?: number
}

/** How often a made-up name was taken already: it only grows. */
export function validateCollisionCount(status: Counted, old: Counted): FieldError[] {
  const { collisionCount: now } = status
  const { collisionCount: before } = old
  const isLess = before !== undefined && (now === undefined || now < before)
  return isLess ? [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')] : NONE
}
