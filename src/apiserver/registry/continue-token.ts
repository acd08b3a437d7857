import { JsonSyntaxError, parseJson } from '../../schema/json.ts'
import { badRequest } from '../../apimachinery/status-error.ts'

/** Where a list goes on: behind a key, as of a revision; -1 stands for whatever is newest then. */
export interface ContinueToken {
  readonly revision: number
  /** The last key that was listed. */
  readonly after: string
}

export const NEWEST = -1

/** The token as clients carry it, in the form of k8s.io/apiserver/pkg/storage. */
export function encodeContinue({ revision, after }: ContinueToken, prefix: string): string {
  const token = { v: 'meta.k8s.io/v1', rv: revision, start: `${after.slice(prefix.length)}\0` }
  const bytes = new TextEncoder().encode(JSON.stringify(token))
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** Throws `BadRequest` for what is no token of ours. */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  const { v, rv, start } = parse(text)
  if (v !== 'meta.k8s.io/v1') {
    throw problem(
      `continue key is not valid: server does not recognize this encoded version ${String(v)}`,
    )
  }
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw problem(
      'continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    )
  }
  if (typeof start !== 'string' || start === '') {
    throw problem('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)')
  }
  // A key that climbs out of its prefix would show what its reader may not see.
  if (start.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw problem(`continue key is not valid: ${start}`)
  }
  return { revision: rv, after: prefix + start.replace(/\0$/, '') }
}

function parse(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: 'base64url' })
    return Object(parseJson(bytes)) as object
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof JsonSyntaxError)
      throw problem(`continue key is not valid: ${error.message}`)
    throw error
  }
}

function problem(text: string): Error {
  return badRequest(`invalid continue token: ${text}`)
}
