/** What a status comes to with a part of it: as a strategic merge patch does, for the lists that statuses have. */
export function mergeStatus(status: unknown, part: unknown): unknown {
  if (!isObject(part)) return part
  const merged: Record<string, unknown> = isObject(status) ? { ...status } : {}
  for (const [name, value] of Object.entries(part)) {
    if (name.startsWith('$')) continue
    if (value === null) delete merged[name]
    else if (MERGED_BY_TYPE.has(name)) merged[name] = mergedByType(merged[name], value)
    else if (REPLACED.has(name)) merged[name] = value
    else merged[name] = isObject(value) ? mergeStatus(merged[name], value) : value
  }
  return merged
}

const MERGED_BY_TYPE = new Set(['conditions', 'addresses'])
const REPLACED = new Set(['state', 'lastState'])

interface Typed {
  readonly type: string
  readonly status?: string
  readonly lastTransitionTime?: string
}

/** A condition that holds as before has not changed since. */
function mergedByType(before: unknown, parts: unknown): unknown {
  if (!Array.isArray(parts)) return parts
  const old = (Array.isArray(before) ? before : []) as readonly Typed[]
  const given = parts as readonly Typed[]
  const others = old.filter(({ type }) => !given.some((each) => each.type === type))
  const merged = given.map((each) => {
    const known = old.find(({ type }) => type === each.type)
    const { lastTransitionTime } = known ?? {}
    return known?.status === each.status && lastTransitionTime !== undefined
      ? { ...each, lastTransitionTime }
      : each
  })
  return [...others, ...merged]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
