import type { Pod } from '../../api/core/v1/pod.ts'
import { badRequest } from '../../apimachinery/status-error.ts'

/** The container that is meant: the one that is named, or else the only one. Throws `BadRequest`. */
export function containerOf({ metadata, spec }: Pod, wanted: string): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec
  if (wanted !== '') {
    const all = [...containers, ...initContainers, ...ephemeralContainers]
    if (all.some(({ name }) => name === wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`)
  }
  if (containers.length === 1) return containers[0]!.name
  const must = `a container name must be specified for pod ${metadata.name}`
  if (containers.length === 0) throw badRequest(must)
  const others =
    initContainers.length === 0 ? '' : ` or one of the init containers: [${names(initContainers)}]`
  throw badRequest(`${must}, choose one of: [${names(containers)}]${others}`)
}

function names(containers: readonly { readonly name: string }[]): string {
  return containers.map(({ name }) => name).join(' ')
}
