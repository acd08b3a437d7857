import type { LabelSelector } from '../../meta/v1/selector.ts'
import { changeField, changeItems, withField, withFields } from '../../change.ts'
import {
  asFirstGeneration,
  asNextGeneration,
  keepField,
  keepMetadata,
  keepMetadataFields,
} from '../../preparation.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import type { PodAffinityTerm } from './affinity.ts'
import type { PodCondition, PodStatus } from './common.ts'
import type { Container } from './container.ts'
import { APPARMOR_PREFIX } from './pod-annotation-validation.ts'
import type { AnyContainer } from './pod-containers.ts'
import { podQosClass } from './pod-qos.ts'
import { PodSpec } from './pod-spec.ts'
import type { Pod } from './pod.ts'
import { validateAppArmorProfile } from './security-validation.ts'
import type { AppArmorProfile } from './security.ts'

/** A new Pod: pending, its selectors completed from its own labels. */
export function preparePodCreate(pod: Pod): Pod {
  const spec = withAppArmorFields(pod, withLabelKeys(pod, pod.spec))
  return withFields(asFirstGeneration(pod), {
    spec,
    status: {
      phase: 'Pending',
      ...(spec.schedulingGates && { conditions: [SCHEDULING_GATED] }),
      qosClass: podQosClass(spec),
    },
  })
}

const SCHEDULING_GATED: PodCondition = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
}

export function preparePodUpdate(pod: Pod, old: Pod): Pod {
  return withNextGeneration(keepField(pod, old, 'status'), old)
}

function withNextGeneration(pod: Pod, old: Pod): Pod {
  return asNextGeneration(pod, old, !semanticEqual(PodSpec, pod.spec, old.spec))
}

/** Through `status`, labels and annotations change too; owners do not, since old kubelets would break them. */
export function preparePodStatusUpdate(pod: Pod, old: Pod): Pod {
  const kept = keepMetadataFields(
    keepField(pod, old, 'spec'),
    old,
    'ownerReferences',
    'deletionTimestamp',
    'generation',
  )
  return withField(kept, 'status', withOldGenerations(kept.status, old.status))
}

// A client that knows nothing of observed generations does not clear them.
function withOldGenerations(status: PodStatus, old: PodStatus): PodStatus {
  const before = [...(old.conditions ?? [])]
  return withFields(status, {
    qosClass: status.qosClass ?? old.qosClass,
    observedGeneration: status.observedGeneration ?? old.observedGeneration,
    conditions:
      status.conditions &&
      changeItems(status.conditions, (condition) => {
        const index = before.findIndex((each) => each.type === condition.type)
        const [same] = index < 0 ? [] : before.splice(index, 1)
        return condition.observedGeneration === undefined
          ? withField(condition, 'observedGeneration', same?.observedGeneration)
          : condition
      }),
  })
}

/** Through `ephemeralcontainers` nothing else changes. */
export function prepareEphemeralContainersUpdate(pod: Pod, old: Pod): Pod {
  const spec = withField(old.spec, 'ephemeralContainers', pod.spec.ephemeralContainers)
  const kept = keepField(keepMetadata(pod, old), old, 'status')
  return withNextGeneration(withField(kept, 'spec', spec), old)
}

/** Through `resize` only resources of the Pod and its containers, and these' resize policies change. */
export function preparePodResize(pod: Pod, old: Pod): Pod {
  const fields = ['containers', 'initContainers'] as const
  // Validation refuses what is added, removed or renamed; it must get to see it.
  const isComparable = fields.every(
    (field) => (pod.spec[field]?.length ?? 0) === (old.spec[field]?.length ?? 0),
  )
  if (!isComparable) return withNextGeneration(pod, old)
  const spec = withFields(old.spec, {
    resources: pod.spec.resources,
    containers: withResources(pod.spec.containers, old.spec.containers),
    initContainers:
      pod.spec.initContainers && withResources(pod.spec.initContainers, old.spec.initContainers!),
  })
  const kept = keepField(keepMetadata(pod, old), old, 'status')
  return withNextGeneration(withField(kept, 'spec', spec), old)
}

function withResources(
  containers: readonly Container[],
  old: readonly Container[],
): readonly Container[] {
  if (containers.some(({ name }, i) => name !== old[i]!.name)) return containers
  let i = 0
  return changeItems(old, (before) => {
    const { resources, resizePolicy } = containers[i++]!
    return withFields(before, { resources, resizePolicy })
  })
}

/** Requirements made from the Pod's own labels, where affinity and spreading ask for them (KEP-3633, KEP-3243). */
function withLabelKeys({ metadata: { labels = {} } }: Pod, spec: PodSpec): PodSpec {
  const complete = (term: PodAffinityTerm): PodAffinityTerm =>
    changeField(term, 'labelSelector', (selector) =>
      withRequirements(
        withRequirements(selector, term.matchLabelKeys, 'In', labels),
        term.mismatchLabelKeys,
        'NotIn',
        labels,
      ),
    )
  return withFields(spec, {
    affinity:
      spec.affinity &&
      changeField(
        changeField(spec.affinity, 'podAffinity', (each) => changeTerms(each, complete)),
        'podAntiAffinity',
        (each) => changeTerms(each, complete),
      ),
    topologySpreadConstraints:
      spec.topologySpreadConstraints &&
      changeItems(spec.topologySpreadConstraints, (each) =>
        changeField(each, 'labelSelector', (selector) =>
          withRequirements(selector, each.matchLabelKeys, 'In', labels),
        ),
      ),
  })
}

type Affinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>

function changeTerms<A extends Pick<Affinity, TermLists>>(
  affinity: A,
  change: (term: PodAffinityTerm) => PodAffinityTerm,
): A {
  return changeField(
    changeField(affinity as Affinity, 'requiredDuringSchedulingIgnoredDuringExecution', (terms) =>
      changeItems(terms, change),
    ),
    'preferredDuringSchedulingIgnoredDuringExecution',
    (terms) => changeItems(terms, (each) => changeField(each, 'podAffinityTerm', change)),
  ) as unknown as A
}

type TermLists =
  | 'requiredDuringSchedulingIgnoredDuringExecution'
  | 'preferredDuringSchedulingIgnoredDuringExecution'

function withRequirements(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): LabelSelector {
  const added = (keys ?? [])
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, operator, values: [labels[key]!] }))
  return added.length === 0
    ? selector
    : withField(selector, 'matchExpressions', [...(selector.matchExpressions ?? []), ...added])
}

/** AppArmor profiles given as annotations, as fields (KEP-24). */
function withAppArmorFields({ metadata }: Pod, spec: PodSpec): PodSpec {
  const annotations = metadata.annotations ?? {}
  const hasSome = Object.keys(annotations).some((key) => key.startsWith(APPARMOR_PREFIX))
  if (!hasSome || spec.os?.name === 'windows') return spec
  const complete = <C extends AnyContainer>(container: C): C => {
    const annotation = annotations[APPARMOR_PREFIX + container.name]
    if (annotation === undefined || container.securityContext?.appArmorProfile) return container
    const profile = appArmorProfileOf(annotation)
    const ofPod = spec.securityContext.appArmorProfile
    const isPods =
      profile?.type === ofPod?.type && profile?.localhostProfile === ofPod?.localhostProfile
    if (!profile || isPods) return container
    const securityContext = { ...container.securityContext, appArmorProfile: profile }
    return { ...container, securityContext }
  }
  return withFields(spec, {
    containers: changeItems(spec.containers, complete),
    initContainers: spec.initContainers && changeItems(spec.initContainers, complete),
  })
}

function appArmorProfileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  const [, local] = /^localhost\/(.*)$/s.exec(annotation) ?? []
  if (!local) return undefined
  const profile: AppArmorProfile = { type: 'Localhost', localhostProfile: local }
  return validateAppArmorProfile(profile, '').length === 0 ? profile : undefined
}
