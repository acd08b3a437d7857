import { quote } from '../../apimachinery/go-format.ts'
import { invalid as invalidField, type FieldError } from '../../schema/field-error.ts'
import { generic, invalid } from '../../apimachinery/status-error.ts'
import { failure } from '../../apimachinery/status.ts'
import { reached } from '../../storage/reached.ts'
import type { Resource } from './resource.ts'

const WAIT_MS = 3000

const REVISION_MAX = 2n ** 64n - 1n

/** What is wrong with a resourceVersion, in the words of Go's strconv. */
export function versionProblem(text: string): string | undefined {
  if (text === '') return undefined
  const problem = !/^\d+$/.test(text)
    ? 'invalid syntax'
    : BigInt(text) > REVISION_MAX
      ? 'value out of range'
      : undefined
  return problem && `strconv.ParseUint: parsing ${quote(text)}: ${problem}`
}

/** The revision that a resourceVersion stands for; 0 where there is none. Throws `Invalid`. */
export function parseResourceVersion(resource: Resource, text: string): number {
  const error = versionError(text)
  if (!error) return Number(text)
  throw invalid({ group: resource.info.group, kind: resource.info.plural }, '', [error])
}

/** What is wrong with the resourceVersion of a request. */
export function versionError(text: string): FieldError | undefined {
  const problem = versionProblem(text)
  return problem === undefined ? undefined : invalidField('resourceVersion', text, problem)
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
