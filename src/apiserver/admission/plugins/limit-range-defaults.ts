import type { Container } from '../../../api/core/v1/container.ts'
import type { LimitRange } from '../../../api/core/v1/limit-range.ts'
import type { Pod } from '../../../api/core/v1/pod.ts'
import type { ResourceList } from '../../../api/core/v1/pod-resources.ts'

const ANNOTATION = 'kubernetes.io/limit-ranger'

/** The Pod with the range's defaults where its containers ask for nothing; an annotation tells what was set. */
export function withDefaultLimits(pod: Pod, { spec }: LimitRange): Pod {
  const forContainers = spec.limits.filter(({ type }) => type === 'Container')
  const defaults: Defaults = {
    requests: Object.assign({}, ...forContainers.map((each) => each.defaultRequest)),
    limits: Object.assign({}, ...forContainers.map((each) => each.default)),
  }
  const notes: string[] = []
  const { containers, initContainers = [] } = pod.spec
  const change = (kind: string) => (container: Container) =>
    withDefaults(container, kind, defaults, notes)
  const changed = {
    ...pod.spec,
    containers: containers.map(change('container')),
    ...(initContainers.length > 0 && {
      initContainers: initContainers.map(change('init container')),
    }),
  }
  if (notes.length === 0) return pod
  const annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
  }
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec: changed }
}

interface Defaults {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

function withDefaults(
  container: Container,
  kind: string,
  defaults: Defaults,
  notes: string[],
): Container {
  const { resources } = container
  const filled = (['requests', 'limits'] as const).map((which) => {
    const own: ResourceList = resources[which] ?? {}
    const missing = Object.entries(defaults[which]).filter(([name]) => own[name] === undefined)
    if (missing.length > 0) {
      const names = missing.map(([name]) => name).toSorted()
      notes.push(`${names.join(', ')} ${which.slice(0, -1)} for ${kind} ${container.name}`)
    }
    return [which, { ...own, ...Object.fromEntries(missing) }] as const
  })
  const present = filled.filter(([, list]) => Object.keys(list).length > 0)
  return { ...container, resources: { ...resources, ...Object.fromEntries(present) } }
}
