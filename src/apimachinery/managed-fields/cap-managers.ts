import { union } from './field-set.ts'
import { managerKey, type Manager, type Managers } from './managers.ts'

/** The most entries of updates that an object keeps. */
const UPDATERS_MAX = 10
const BUCKET = 'ancient-changes'

/** Joins the oldest updates of each version into one entry until few enough are left. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update')
  let surplus = updaters.length - UPDATERS_MAX
  if (surplus <= 0) return

  const firsts = new Map<string, string>()
  for (const [key, updater] of updaters.toSorted(byTime)) {
    if (surplus <= 0) return
    const first = firsts.get(updater.apiVersion)
    if (first === undefined) {
      firsts.set(updater.apiVersion, key)
      continue
    }
    joinBucket(managers, first, key, updater)
    surplus -= 1
  }
}

function joinBucket(managers: Managers, first: string, key: string, updater: Manager): void {
  const { apiVersion, operation } = updater
  const bucket = { manager: BUCKET, operation, apiVersion, subresource: '' }
  const bucketKey = managerKey(bucket)
  const before = managers.get(bucketKey) ?? managers.get(first)!
  managers.delete(first)
  managers.delete(key)
  managers.set(bucketKey, {
    ...bucket,
    fields: union(before.fields, updater.fields),
    // The time of the update that joins is the more recent one.
    ...(updater.time !== undefined && { time: updater.time }),
  })
}

function byTime([aKey, a]: [string, Manager], [bKey, b]: [string, Manager]): number {
  const [left, right] = [a.time ?? '', b.time ?? '']
  if (left !== right) return left < right ? -1 : 1
  return aKey < bKey ? -1 : 1
}
