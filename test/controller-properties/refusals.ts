import { reasonOf } from '../../src/apimachinery/status-predicates.ts'

/** What a user must live with while things go wrong, and when what there is changes under their hands. */
const PART_OF_LIFE = [
  'AlreadyExists',
  'Conflict',
  'Forbidden',
  'InternalError',
  'NotFound',
  'ServiceUnavailable',
  'Timeout',
  'TooManyRequests',
]

/** Does some things at a time, of which each may be refused. */
export async function tryAll(calls: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(calls)) {
    if (result.status === 'rejected' && !PART_OF_LIFE.includes(reasonOf(result.reason)))
      throw result.reason
  }
}
