import { required } from '../../../schema/field-error.ts'
import type { Strategy } from '../../strategy.ts'
import { immutable, NONE, nonNegative } from '../../validation/rules.ts'
import type { ControllerRevision } from './controller-revision.ts'

/** The rules of ControllerRevisions: what they hold never changes. */
export const controllerRevisionStrategy: Strategy<ControllerRevision> = {
  validateCreate: validateRevision,
  validateUpdate: (object, old) => [
    ...validateRevision(object),
    ...immutable(object.data, old.data, 'data'),
  ],
}

function validateRevision({ data, revision }: ControllerRevision) {
  return [
    ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : NONE),
    ...nonNegative(revision, 'revision'),
  ]
}
