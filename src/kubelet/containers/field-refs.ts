import type { Pod } from '../../api/core/v1/pod.ts'
import type { AnyContainer } from '../../api/core/v1/pod-containers.ts'
import { parseQuantity } from '../../schema/quantity.ts'
import { formatList } from '../../apimachinery/go-format.ts'

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/

/** A field of a Pod as text, as `fieldRef` names it. Throws where it names none. */
export function podField(pod: Pod, path: string, podIPs: readonly string[]): string {
  const { metadata, spec, status } = pod
  const subscript = SUBSCRIPT.exec(path)
  if (subscript) return metadata[subscript[1] as 'labels' | 'annotations']?.[subscript[2]!] ?? ''
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace
    case 'metadata.uid':
      return metadata.uid
    case 'spec.nodeName':
      return spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? ''
    case 'status.hostIP':
      return status.hostIP ?? ''
    case 'status.hostIPs':
      return (status.hostIPs ?? []).map(({ ip }) => ip).join(',')
    case 'status.podIP':
      return podIPs[0] ?? ''
    case 'status.podIPs':
      return podIPs.join(',')
    default:
      throw new Error(`unsupported fieldPath: ${path}`)
  }
}

export type Allocatable = Readonly<Record<string, string>>

/**
 * A container's request or limit as text, as `resourceFieldRef` names it: in units of the divisor, rounded up. A limit
 * that is not set is what the node has.
 */
export function resourceField(
  { resources }: Pick<AnyContainer, 'resources'>,
  resource: string,
  divisor: string | undefined,
  allocatable: Allocatable,
): string {
  const [which, ...rest] = resource.split('.')
  const name = rest.join('.')
  if (which !== 'limits' && which !== 'requests')
    throw new Error(`unsupported container resource : ${resource}`)
  const own = resources[which]?.[name]
  const text = own ?? (which === 'limits' ? allocatable[name] : undefined) ?? '0'
  const amount = parseQuantity(text)?.nano ?? 0n
  const unit = parseQuantity(divisor ?? '1')?.nano ?? 0n
  const by = unit === 0n ? 10n ** 9n : unit
  return String((amount + by - 1n) / by)
}

/** A container of any kind by its name. Throws where the Pod has none. */
export function containerNamed({ spec }: Pod, name: string): AnyContainer {
  const all = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]
  const found = all.find((each) => each.name === name)
  if (!found)
    throw new Error(`container ${name} not found in ${formatList(all.map((c) => c.name))}`)
  return found
}
