import { Pod } from '../../../api/core/v1/pod.ts'
import { RuntimeClass } from '../../../api/node/v1/runtime-class.ts'
import { equal } from '../../../apimachinery/equality.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, unchanged } from './about.ts'
import { refusal } from './refuse.ts'

const OTHER_OVERHEAD = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"

/** Gives Pods what their runtime needs: overhead, node selector, tolerations. */
export function runtimeClass(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    operations: ['CREATE'],
    async admit(attributes) {
      if (!isAbout(attributes, Pod)) return unchanged(attributes)
      const found = await classOf(attributes, live)
      if (!found) return unchanged(attributes)
      const pod = objectOf(attributes, Pod)
      const spec = {
        ...pod.spec,
        ...overheadOf(pod, found, attributes),
        ...placeOf(pod, found, attributes),
      }
      return admitted({ ...pod, spec })
    },
    async validate(attributes) {
      if (!isAbout(attributes, Pod)) return
      const fixed = (await classOf(attributes, live))?.overhead?.podFixed
      const { overhead } = objectOf(attributes, Pod).spec
      if (fixed && !equal(fixed, overhead ?? {})) throw refusal(attributes, OTHER_OVERHEAD)
      if (fixed || overhead === undefined) return
      const text =
        'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'
      throw refusal(attributes, text)
    },
  }
}

async function classOf(
  attributes: AdmissionAttributes,
  live: LiveObjects,
): Promise<RuntimeClass | undefined> {
  const { runtimeClassName: name } = objectOf(attributes, Pod).spec
  if (name === undefined) return undefined
  const found = await live.get(RuntimeClass, { name })
  if (found) return found
  throw refusal(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
}

function overheadOf(
  { spec }: Pod,
  { overhead }: RuntimeClass,
  attributes: AdmissionAttributes,
): Pick<Partial<Pod['spec']>, 'overhead'> {
  const { podFixed } = overhead ?? {}
  if (!podFixed) return {}
  if (spec.overhead !== undefined && !equal(spec.overhead, podFixed)) {
    throw refusal(attributes, OTHER_OVERHEAD)
  }
  return { overhead: podFixed }
}

function placeOf(
  { spec }: Pod,
  { scheduling }: RuntimeClass,
  attributes: AdmissionAttributes,
): Pick<Partial<Pod['spec']>, 'nodeSelector' | 'tolerations'> {
  const { nodeSelector = {}, tolerations = [] } = scheduling ?? {}
  const { nodeSelector: own = {}, tolerations: ownTolerations = [] } = spec
  for (const [key, value] of Object.entries(nodeSelector)) {
    if ((own[key] ?? value) === value) continue
    const text = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own[key]}`
    throw refusal(attributes, text)
  }
  const added = tolerations.filter((each) => !ownTolerations.some((have) => equal(have, each)))
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector: { ...own, ...nodeSelector } }),
    ...(added.length > 0 && { tolerations: [...ownTolerations, ...added] }),
  }
}
