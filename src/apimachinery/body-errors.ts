import { quote } from './go-format.ts'
import type { GroupVersionKind } from './gvk.ts'
import { badRequest, type StatusError } from './status-error.ts'

/** The refusal of a body that says what it is, and is not good enough for it. */
export function cannotHandle(
  said: GroupVersionKind,
  expected: GroupVersionKind,
  problem: string,
): StatusError {
  return badRequest(
    `${said.kind} in version ${quote(said.version)} cannot be handled as a ${expected.kind}: ${problem}`,
  )
}

/** The refusal of a body that does not even say what it is. */
export function unrecognized(
  expected: GroupVersionKind,
  body: Uint8Array,
  problem: string,
): StatusError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${problem} (${summarize(body)})`,
  )
}

const SUMMARY_BYTES_MAX = 30

function summarize(body: Uint8Array): string {
  if (body.length === 0) return '<empty>'
  const start = body.subarray(0, SUMMARY_BYTES_MAX)
  const text = body[0] === 0x7b ? new TextDecoder().decode(start) : start.toHex()
  return body.length > SUMMARY_BYTES_MAX ? `${text} ...` : text
}
