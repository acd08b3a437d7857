import type { PodSpec } from '../../../api/core/v1/pod-spec.ts'
import { parseImageName } from '../../../api/core/v1/image-name.ts'
import type { NodeInfo } from '../../cache/node-info.ts'
import { stateKey } from '../../framework/cycle-state.ts'
import { MAX_SCORE, type NodeLister, type Plugin } from '../../framework/plugin.ts'
import { SKIP } from '../../framework/status.ts'

const MIB = 1024 * 1024
// Below this sum nothing is gained; above that, for each container, nothing more.
const MIN_BYTES = 23 * MIB
const MAX_BYTES_EACH = 1000 * MIB

/** Per image of the Pod: its size, scaled by the share of nodes that have it, so that not all Pods go where one is. */
const imagesOf = stateKey<readonly string[]>('PreScoreImageLocality')
const spreadOf = stateKey<(node: NodeInfo, image: string) => number>('ImageLocalitySpread')

/** Prefers nodes that have the Pod's images. */
export const imageLocality: Plugin = {
  name: 'ImageLocality',
  preScore(state, { pod: { spec } }, _nodes, all) {
    if (!all.hasImages) return SKIP
    state.write(
      imagesOf,
      containersOf(spec).map(({ image }) => normalized(image ?? '')),
    )
    state.write(spreadOf, spread(all))
    return undefined
  },
  score(state, _pod, node) {
    if (!node.node.status.images?.length) return 0
    const scaled = state.read(spreadOf)!
    const images = state.read(imagesOf)!
    let sum = 0
    for (const image of images) sum += scaled(node, image)
    const max = MAX_BYTES_EACH * images.length
    const bytes = Math.min(Math.max(sum, MIN_BYTES), max)
    return Math.trunc((MAX_SCORE * (bytes - MIN_BYTES)) / (max - MIN_BYTES))
  },
}

function containersOf({ initContainers = [], containers }: PodSpec) {
  return [...initContainers, ...containers]
}

function normalized(image: string): string {
  const { tag, digest } = parseImageName(image)
  return tag === undefined && digest === undefined ? `${image}:latest` : image
}

interface ImageSpread {
  readonly order: readonly NodeInfo[]
  readonly counts: ReadonlyMap<string, number>
}

function spread(all: NodeLister): (node: NodeInfo, image: string) => number {
  let counted: ImageSpread | undefined
  return ({ node }, image) => {
    const found = node.status.images?.find(({ names }) => names?.includes(image))
    if (!found) return 0
    counted ??= { order: all.list(), counts: new Map() }
    const { order, counts } = counted
    let count = counts.get(image)
    if (count === undefined) {
      count = order.filter(({ node: { status } }) =>
        status.images?.some(({ names }) => names?.includes(image)),
      ).length
      ;(counts as Map<string, number>).set(image, count)
    }
    return Math.trunc((found.sizeBytes ?? 0) * (count / order.length))
  }
}
