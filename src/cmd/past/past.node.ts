import { ParseError } from '../../apimachinery/parse-error.ts'
import { parsePointInTime, type PointInTime } from '../../client/point-in-time.ts'
import { UserError } from '../user-error.ts'

/** Reads REVISION|TIME|DURATION of the command line. Throws `UserError`. */
export function pointInTime(text: string): PointInTime {
  try {
    return parsePointInTime(text)
  } catch (cause) {
    if (cause instanceof ParseError)
      throw new UserError(`${cause.message}.`, { exitCode: 2, cause })
    throw cause
  }
}
