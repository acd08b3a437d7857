import { ParseError } from '../../apimachinery/parse-error.ts'
import { badRequest } from '../../apimachinery/status-error.ts'
import { parsePointInTime, type PointInTime } from '../../client/point-in-time.ts'

const PAST_PATH = /^\/trierarch\/at\/([^/]+)(\/.*)?$/

/**
 * Splits `/trierarch/at/WHEN/api/…`, under which the whole API is served as it was. Undefined for paths of the present.
 * Throws `BadRequest`.
 */
export function pastPath(
  path: string,
): { readonly at: PointInTime; readonly path: string } | undefined {
  const [, when, rest = '/'] = PAST_PATH.exec(path) ?? []
  if (when === undefined) return undefined
  try {
    return { at: parsePointInTime(decodeURIComponent(when)), path: rest }
  } catch (error) {
    if (error instanceof ParseError || error instanceof URIError) throw badRequest(error.message)
    throw error
  }
}
