import { LimitRange } from '../../../api/core/v1/limit-range.ts'
import { PersistentVolumeClaim } from '../../../api/core/v1/persistent-volume-claim.ts'
import { Pod } from '../../../api/core/v1/pod.ts'
import { aggregate } from '../../../apimachinery/go-format.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'
import { withDefaultLimits } from './limit-range-defaults.ts'
import { claimProblems, podProblems } from './limit-range-problems.ts'
import { refusal } from './refuse.ts'

/** Holds Pods and claims to the LimitRanges of their namespace, and gives containers the defaults of these. */
export function limitRanger(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    operations: ['CREATE', 'UPDATE'],
    async admit(attributes) {
      if (!isAbout(attributes, Pod) || attributes.operation === 'UPDATE') {
        return unchanged(attributes)
      }
      const pod = objectOf(attributes, Pod)
      const ranges = await live.list(LimitRange, attributes.namespace)
      return admitted(ranges.reduce(withDefaultLimits, pod))
    },
    async validate(attributes) {
      const problemsIn = problemFinder(attributes)
      if (!problemsIn || isDeleting(attributes)) return
      for (const range of await live.list(LimitRange, attributes.namespace)) {
        const problems = range.spec.limits.flatMap(problemsIn)
        if (problems.length > 0) throw refusal(attributes, aggregate(problems))
      }
    },
  }
}

type Limit = LimitRange['spec']['limits'][number]

// What a Pod needs can only change by a resize.
function problemFinder(
  attributes: AdmissionAttributes,
): ((limit: Limit) => readonly string[]) | undefined {
  const { operation } = attributes
  const isPod =
    operation === 'CREATE' ? isAbout(attributes, Pod) : isAbout(attributes, Pod, 'resize')
  if (isPod) return (limit) => podProblems(limit, objectOf(attributes, Pod))
  if (!isAbout(attributes, PersistentVolumeClaim)) return undefined
  return (limit) => claimProblems(limit, objectOf(attributes, PersistentVolumeClaim))
}

function isDeleting({ oldObject }: AdmissionAttributes): boolean {
  return (oldObject as unknown as Pod | undefined)?.metadata.deletionTimestamp !== undefined
}
