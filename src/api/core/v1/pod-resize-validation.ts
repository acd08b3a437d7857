import { forbidden, invalid, type FieldError } from '../../../schema/field-error.ts'
import { withField, withFields } from '../../change.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { eachAt, NONE } from '../../validation/rules.ts'
import { Container } from './container.ts'
import { MIRROR_POD } from './pod-annotation-validation.ts'
import { isSidecar } from './pod-containers.ts'
import type { ResourceRequirements } from './resources.ts'
import { podQosClass } from './pod-qos.ts'
import { PodSpec } from './pod-spec.ts'
import { validatePodAsSuch } from './pod-validation.ts'
import type { Pod } from './pod.ts'
import type { ResourceList } from './pod-resources.ts'

/** Checks an update through `resize`: CPU and memory of running containers (KEP-1287) and of the Pod (KEP-5419). */
export function validatePodResize(pod: Pod, old: Pod): FieldError[] {
  const refusal = refusalOf(old)
  if (refusal !== undefined) return [forbidden('', refusal)]
  const errors = [
    ...validatePodAsSuch(pod),
    ...((old.status.qosClass ?? podQosClass(old.spec)) === podQosClass(pod.spec)
      ? NONE
      : [
          invalid(
            'spec',
            pod.status.qosClass ?? '',
            'Pod QOS Class may not change as a result of resizing',
          ),
        ]),
    ...(isResizable(old)
      ? NONE
      : [forbidden('spec', 'Pod running on node without support for resize')]),
  ]
  const orderErrors = [
    ...validateOrder(pod.spec, old.spec, 'containers'),
    ...validateOrder(pod.spec, old.spec, 'initContainers'),
  ]
  if (orderErrors.length > 0) return [...errors, ...orderErrors]
  errors.push(...validateResources(pod.spec, old.spec))
  if (errors.length > 0 || semanticEqual(PodSpec, withResourcesOf(pod.spec, old.spec), old.spec))
    return errors
  return [forbidden('spec', 'only cpu and memory resources are mutable')]
}

function refusalOf(old: Pod): string | undefined {
  if (old.metadata.annotations?.[MIRROR_POD] !== undefined) return 'static pods cannot be resized'
  return old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined
}

// A node that can resize reports what its running containers really have.
function isResizable({ status }: Pod): boolean {
  const running = status.containerStatuses?.find(({ state }) => state.running)
  return running === undefined || running.resources !== undefined
}

function validateOrder(
  spec: PodSpec,
  old: PodSpec,
  field: 'containers' | 'initContainers',
): FieldError[] {
  const [now, before] = [spec[field] ?? [], old[field] ?? []]
  if (now.length !== before.length)
    return [forbidden(`spec.${field}`, `${field} may not be added or removed on resize`)]
  return eachAt(now, `spec.${field}`, ({ name }, at, i) =>
    name === before[i]!.name
      ? NONE
      : [forbidden(`${at}.name`, `${field} may not be renamed or reordered on resize`)],
  )
}

function validateResources(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = old.initContainers ?? []
  const others = 'only cpu and memory resources for sidecar containers are mutable'
  const initErrors = eachAt(spec.initContainers, 'spec.initContainers', (each, at, i) =>
    isSidecar(before[i]!) ? validateNothingRemoved(each, before[i]!, at) : NONE,
  )
  return [
    ...validateNothingRemoved(spec, old, 'spec'),
    ...initErrors,
    ...eachAt(spec.containers, 'spec.containers', (each, at, i) =>
      validateNothingRemoved(each, old.containers[i]!, at),
    ),
    ...eachAt(spec.containers, '', (each, _at, i) =>
      validateOnlyCompute(each, old.containers[i]!, 'only cpu and memory resources are mutable'),
    ),
    ...eachAt(spec.initContainers, '', (each, _at, i) => {
      if (isSidecar(each)) return validateOnlyCompute(each, before[i]!, others)
      return semanticEqual(Container, each, before[i])
        ? NONE
        : [forbidden('spec', 'resources for non-sidecar init containers are immutable')]
    }),
  ]
}

function validateNothingRemoved(
  now: WithResources,
  old: WithResources,
  path: string,
): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((which) => {
    const list = now.resources?.[which] ?? {}
    const isRemoved = Object.keys(old.resources?.[which] ?? {}).some((name) => !list[name])
    return isRemoved
      ? [forbidden(`${path}.resources.${which}`, `resource ${which} cannot be removed`)]
      : NONE
  })
}

function validateOnlyCompute(now: Container, old: Container, text: string): FieldError[] {
  return semanticEqual(Container, withComputeOf(now, old), old) ? NONE : [forbidden('spec', text)]
}

function withResourcesOf(spec: PodSpec, old: PodSpec): PodSpec {
  return withFields(old.resources ? withComputeOf(spec, old) : spec, {
    containers: spec.containers.map((each, i) => withComputeOf(each, old.containers[i]!)),
    initContainers: spec.initContainers?.map((each, i) =>
      isSidecar(each) ? withComputeOf(each, old.initContainers![i]!) : each,
    ),
  })
}

/** The container or Pod with CPU and memory set back to what they were. */
function withComputeOf<T extends WithResources>(now: T, old: T): T {
  const { resources = {} } = now
  const changed = withFields(resources, {
    limits: withCompute(resources.limits, old.resources?.limits),
    requests: withCompute(resources.requests, old.resources?.requests),
  })
  return withField<T, 'resources'>(now, 'resources', changed)
}

interface WithResources {
  readonly resources?: ResourceRequirements
}

function withCompute(
  list: ResourceList | undefined,
  old: ResourceList | undefined,
): ResourceList | undefined {
  if (!old) return undefined
  const { cpu: _cpu, memory: _memory, ...others } = list ?? {}
  const { cpu, memory } = old
  return {
    ...others,
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
  }
}
