import { Pod } from '../../../api/core/v1/pod.ts'
import { PriorityClass } from '../../../api/scheduling/v1/priority-class.ts'
import type { LiveObjects } from '../../live/live-objects.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts'
import { admitted, isAbout, objectOf, oldObjectOf, unchanged } from './about.ts'
import { refusal } from './refuse.ts'

const PREEMPT = 'PreemptLowerPriority'

/** What a Pod takes over from its class. */
interface Priority {
  readonly name: string
  readonly value: number
  readonly policy: string | undefined
}

/** Gives Pods the number of their priority class, and lets only one class be the default. */
export function priority(live: LiveObjects): AdmissionPlugin {
  return {
    name: 'Priority',
    operations: ['CREATE', 'UPDATE'],
    async admit(attributes) {
      if (!isAbout(attributes, Pod)) return unchanged(attributes)
      return attributes.operation === 'CREATE' ? withPriority(attributes, live) : kept(attributes)
    },
    async validate(attributes) {
      if (isAbout(attributes, PriorityClass)) await checkDefault(attributes, live)
    },
  }
}

async function withPriority(
  attributes: AdmissionAttributes,
  live: LiveObjects,
): Promise<ReturnType<typeof admitted>> {
  const pod = objectOf(attributes, Pod)
  const { name, value, policy } = await priorityOf(pod, attributes, live)
  const given = pod.spec.priority
  if (given !== undefined && given !== value) {
    const text = `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`
    throw refusal(attributes, text)
  }
  const givenPolicy = pod.spec.preemptionPolicy
  if (policy !== undefined && givenPolicy !== undefined && givenPolicy !== policy) {
    const text = `the string value of PreemptionPolicy (${givenPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`
    throw refusal(attributes, text)
  }
  const spec = {
    ...pod.spec,
    ...(name !== '' && { priorityClassName: name }),
    priority: value,
    ...(policy !== undefined && { preemptionPolicy: policy }),
  }
  return admitted({ ...pod, spec })
}

async function priorityOf(
  { spec }: Pod,
  attributes: AdmissionAttributes,
  live: LiveObjects,
): Promise<Priority> {
  const { priorityClassName: name = '' } = spec
  if (name === '') {
    const found = await defaultClass(live)
    return found ? fromClass(found) : { name: '', value: 0, policy: PREEMPT }
  }
  const found = await live.get(PriorityClass, { name })
  if (!found) throw refusal(attributes, `no PriorityClass with name ${name} was found`)
  return fromClass(found)
}

function fromClass({ metadata, value, preemptionPolicy }: PriorityClass): Priority {
  return { name: metadata.name, value, policy: preemptionPolicy }
}

/** The default; the lowest where there are several. */
async function defaultClass(live: LiveObjects): Promise<PriorityClass | undefined> {
  const classes = await live.list(PriorityClass)
  return classes
    .filter(({ globalDefault }) => globalDefault)
    .toSorted((a, b) => a.value - b.value)[0]
}

// What cannot change need not be sent again.
function kept(attributes: AdmissionAttributes): ReturnType<typeof admitted> {
  const pod = objectOf(attributes, Pod)
  const { priority: value, preemptionPolicy: policy } = oldObjectOf(attributes, Pod).spec
  const isMissing = (now: unknown, before: unknown): boolean =>
    now === undefined && before !== undefined
  const spec = {
    ...pod.spec,
    ...(isMissing(pod.spec.priority, value) && { priority: value }),
    ...(isMissing(pod.spec.preemptionPolicy, policy) && { preemptionPolicy: policy }),
  }
  return admitted({ ...pod, spec })
}

async function checkDefault(attributes: AdmissionAttributes, live: LiveObjects): Promise<void> {
  const { metadata, globalDefault } = objectOf(attributes, PriorityClass)
  if (!globalDefault) return
  const { metadata: other } = (await defaultClass(live)) ?? {}
  if (!other || (attributes.operation === 'UPDATE' && other.name === metadata.name)) return
  const text = `PriorityClass ${other.name} is already marked as default. Only one default can exist`
  throw refusal(attributes, text)
}
