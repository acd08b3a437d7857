import { ParseError } from '../../apimachinery/parse-error.ts'
import { StatusError } from '../../apimachinery/status-error.ts'
import { KubeconfigError } from '../../client/kubeconfig.ts'
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

/** Does something with the cluster; what it refuses is said in one sentence. */
export async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const isForUser = cause instanceof StatusError || cause instanceof KubeconfigError
    const isGone = cause instanceof Error && /ECONNREFUSED|ENOENT/.test(cause.message)
    if (isForUser || isGone) throw new UserError(`Error: ${cause.message}`, { cause })
    throw cause
  }
}
