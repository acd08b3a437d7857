import { invalid as invalidField } from '../../schema/field-error.ts'
import { generic, invalid } from '../../apimachinery/status-error.ts'
import { failure } from '../../apimachinery/status.ts'
import { reached } from '../../storage/reached.ts'
import type { Resource } from './resource.ts'

const WAIT_MS = 3000

/** The revision that a resourceVersion stands for; 0 where there is none. Throws `Invalid`. */
export function parseResourceVersion(resource: Resource, text: string): number {
  if (text === '' || text === '0') return 0
  const revision = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision
  const problem = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  const error = invalidField('resourceVersion', text, problem)
  throw invalid({ group: resource.info.group, kind: resource.info.plural }, '', [error])
}

/** Waits for a while until the store has come to a version that a client has seen. Throws `Timeout`. */
export async function checkVersionReached(resource: Resource, text: string): Promise<void> {
  const wanted = parseResourceVersion(resource, text)
  const { store, clock } = resource.env
  const deadline = new AbortController()
  using _ = clock.after(WAIT_MS, () => deadline.abort())
  if (!(await reached(store, wanted, deadline))) throw tooLarge(wanted, await store.revision())
}

function tooLarge(wanted: number, current: number): Error {
  const text = 'Too large resource version'
  return generic(
    failure('Timeout', `Timeout: ${text}: ${wanted}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: text }],
      retryAfterSeconds: 1,
    }),
  )
}
