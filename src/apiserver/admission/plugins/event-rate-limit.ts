import { tooManyRequests } from '../../../apimachinery/status-error.ts'
import { aggregate } from '../../../apimachinery/go-format.ts'
import type { Clock } from '../../../base/clock.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'

export const LIMIT_TYPES = ['Server', 'Namespace', 'User', 'SourceAndObject'] as const

/** How many events may come, in the long run and at once. */
export interface EventLimit {
  /** What is counted together. */
  readonly type: (typeof LIMIT_TYPES)[number]
  readonly qps: number
  readonly burst: number
  /** Of how many keys the counts are kept, the longest unused forgotten first. */
  readonly cacheSize: number
}

/** Refuses events that come too fast. Off unless asked for, and of no effect without limits. */
export function eventRateLimit(clock: Clock, limits: readonly EventLimit[] = []): AdmissionPlugin {
  const enforcers = limits.map((limit) => enforcer(limit, clock))
  return {
    name: 'EventRateLimit',
    operations: ['CREATE', 'UPDATE'],
    validate(attributes) {
      const { type, dryRun } = attributes
      if (type.resource.kind !== 'Event' || dryRun) return
      // Each limit counts the event, whatever the others say.
      const problems = enforcers.flatMap((accept) => accept(attributes) ?? [])
      if (problems.length > 0) throw tooManyRequests(aggregate(problems), 1)
    },
  }
}

interface Bucket {
  tokens: number
  atMs: number
}

/** Says what is wrong with an event that comes too fast. */
function enforcer(
  { type, qps, burst, cacheSize }: EventLimit,
  clock: Clock,
): (attributes: AdmissionAttributes) => string | undefined {
  const buckets = new Map<string, Bucket>()
  return (attributes) => {
    const key = keyOf(type, attributes)
    const nowMs = clock.monotonic()
    const { tokens, atMs } = buckets.get(key) ?? { tokens: burst, atMs: nowMs }
    const filled = Math.min(burst, tokens + ((nowMs - atMs) / 1000) * qps)
    const isAccepted = filled >= 1
    // Put behind all others: the first of the map is the longest unused.
    buckets.delete(key)
    buckets.set(key, { tokens: isAccepted ? filled - 1 : filled, atMs: nowMs })
    if (buckets.size > cacheSize) buckets.delete(buckets.keys().next().value!)
    return isAccepted ? undefined : `limit reached on type ${type} for key ${key}`
  }
}

interface EventLike {
  readonly source?: { readonly component?: string; readonly host?: string }
  readonly involvedObject?: Readonly<Record<string, string | undefined>>
}

function keyOf(type: EventLimit['type'], { namespace, user, object }: AdmissionAttributes): string {
  switch (type) {
    case 'Server':
      return ''
    case 'Namespace':
      return namespace
    case 'User':
      return user.name
    case 'SourceAndObject': {
      const { source = {}, involvedObject: about = {} } = (object ?? {}) as EventLike
      const { kind, namespace: where, name, uid, apiVersion } = about
      return [source.component, source.host, kind, where, name, uid, apiVersion].join('')
    }
    default:
      return type satisfies never
  }
}
