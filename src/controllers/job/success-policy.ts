import type { Job } from '../../api/batch/v1/job.ts'
import { parseIndexes } from './indexes.ts'

/** The number of the first rule by which enough indexes have succeeded; undefined where there is none. */
export function metSuccessRule(
  policy: Job['spec']['successPolicy'],
  succeeded: ReadonlySet<number>,
  completions: number,
): number | undefined {
  const met = policy?.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeeded.size >= (succeededCount ?? completions)
    const wanted = parseIndexes(succeededIndexes, completions)
    return succeeded.intersection(wanted).size >= (succeededCount ?? wanted.size)
  })
  return met === undefined || met < 0 ? undefined : met
}
