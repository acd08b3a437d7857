import { Namespace } from '../../../api/core/v1/namespace.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { podQosClass } from '../../../api/core/v1/pod-qos.ts'
import type { Toleration } from '../../../api/core/v1/toleration.ts'
import { equal } from '../../../apimachinery/equality.ts'
import { unknownError } from '../../../apimachinery/status-error.ts'
import { parseJson } from '../../../schema/json.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'

/** What holds in namespaces that say nothing themselves. */
export interface TolerationSettings {
  readonly default?: readonly Toleration[]
  readonly whitelist?: readonly Toleration[]
}

const DEFAULTS = 'scheduler.alpha.kubernetes.io/defaultTolerations'
const WHITELIST = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist'

const MEMORY_PRESSURE: Toleration = {
  key: 'node.kubernetes.io/memory-pressure',
  operator: 'Exists',
  effect: 'NoSchedule',
}

/** Gives Pods the tolerations of their namespace, and holds them to those that it allows. Off unless asked for. */
export function podTolerationRestriction(
  live: LiveObjects,
  settings: TolerationSettings = {},
): AdmissionPlugin {
  return {
    name: 'PodTolerationRestriction',
    operations: ['CREATE', 'UPDATE'],
    async admit(attributes) {
      if (!isAbout(attributes, Pod)) return unchanged(attributes)
      const pod = objectOf(attributes, Pod)
      const { tolerations: own = [] } = pod.spec
      const given =
        attributes.operation === 'CREATE'
          ? ((await annotated(attributes, live, DEFAULTS)) ?? settings.default ?? [])
          : []
      const merged = given.length > 0 ? mergeTolerations(given, own) : own
      const tolerations =
        podQosClass(pod.spec) === 'BestEffort'
          ? merged
          : mergeTolerations(merged, [MEMORY_PRESSURE])
      if (equal(tolerations, own)) return unchanged(attributes)
      return admitted({ ...pod, spec: { ...pod.spec, tolerations } })
    },
    async validate(attributes) {
      if (!isAbout(attributes, Pod)) return
      const { tolerations = [] } = objectOf(attributes, Pod).spec
      if (tolerations.length === 0) return
      const allowed = (await annotated(attributes, live, WHITELIST)) ?? settings.whitelist ?? []
      if (allowed.length === 0) return
      if (tolerations.every((each) => allowed.some((wide) => includes(wide, each)))) return
      throw unknownError(
        'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
      )
    },
  }
}

async function annotated(
  { namespace: name }: AdmissionAttributes,
  live: LiveObjects,
  annotation: string,
): Promise<readonly Toleration[] | undefined> {
  const namespace = await live.get(Namespace, { name })
  const text = namespace?.metadata.annotations?.[annotation]
  if (text === undefined) return undefined
  if (text === '') return []
  try {
    const value = parseJson(text)
    if (Array.isArray(value)) return value as readonly Toleration[]
  } catch (cause) {
    throw unknownError(cause instanceof Error ? cause.message : String(cause))
  }
  throw unknownError(`json: cannot unmarshal into Go value of type []v1.Toleration`)
}

/** Both, without those that others of them include. */
export function mergeTolerations(
  first: readonly Toleration[],
  second: readonly Toleration[],
): readonly Toleration[] {
  const all = [...first, ...second]
  const merged: Toleration[] = []
  all.forEach((toleration, i) => {
    if (merged.some((each) => includes(each, toleration))) return
    const later = all.slice(i + 1)
    if (later.some((each) => !equal(each, toleration) && includes(each, toleration))) return
    merged.push(toleration)
  })
  return merged
}

/** Whether the first toleration puts up with all that the second does. */
function includes(wide: Toleration, narrow: Toleration): boolean {
  if (equal(wide, narrow)) return true
  const isForAll = !wide.key && wide.operator === 'Exists'
  if ((wide.key ?? '') !== (narrow.key ?? '') && !isForAll) return false
  if (wide.effect && wide.effect !== narrow.effect) return false
  if (narrow.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    const seconds = narrow.tolerationSeconds
    if (seconds === undefined || seconds > wide.tolerationSeconds) return false
  }
  if (wide.operator === 'Exists') return true
  const { operator = 'Equal', value = '' } = narrow
  return operator === 'Equal' && value === (wide.value ?? '')
}
