import { Node } from '../../api/core/v1/node.ts'
import { indexBy } from '../../client/object-cache.ts'
import { controller, watch, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { nodeRanges, type NodeRanges } from './ranges.ts'

export interface NodeIpamOptions {
  /** The addresses of all Pods, such as `10.244.0.0/16`. */
  readonly clusterCIDR: string
  /** How many bits of an address name the node's range; 24 where absent. */
  readonly nodeMaskSize?: number
}

const nodesByRange = indexBy(Node, 'podCIDR', ({ spec }) => spec.podCIDRs ?? [])

/** Gives each node a range of addresses for its Pods (`spec.podCIDR`), which no other node has. */
export function nodeIpamController({
  clusterCIDR,
  nodeMaskSize = 24,
}: NodeIpamOptions): Controller {
  const ranges = nodeRanges(clusterCIDR, nodeMaskSize)
  // What was given away a moment ago may not be in the cache yet.
  const given = new Map<string, string>()
  let next = 0

  return controller<Node>('node-ipam-controller', {
    queueName: 'cidrallocator_node',
    for: Node,
    changed: ({ spec }) => spec.podCIDR === undefined,
    // A node that goes leaves its range to one that waits for one.
    watches: [
      watch(Node, (node, cache) =>
        cache.get(Node, node.metadata) ? [] : waiting(cache.list(Node)),
      ),
    ],
    concurrency: 1,

    async reconcile(node, pass) {
      const { name } = node.metadata
      if (node.spec.podCIDR !== undefined) return
      const index = freeRange(ranges, next, (range) => isTaken(range, name, given, pass))
      if (index === undefined) {
        pass.events.normal(node, 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        return
      }
      const range = ranges.at(index)
      given.set(range, name)
      next = (index + 1) % ranges.size
      await pass.client.patch(Node, { name }, 'merge', {
        spec: { podCIDR: range, podCIDRs: [range] },
      })
    },

    async gone({ name }) {
      for (const [range, owner] of given) if (owner === name) given.delete(range)
    },
  })
}

/** The first range from `next` on, around the end, that is not taken. */
export function freeRange(
  ranges: NodeRanges,
  next: number,
  taken: (range: string) => boolean,
): number | undefined {
  for (let i = 0; i < ranges.size; i++) {
    const index = (next + i) % ranges.size
    if (!taken(ranges.at(index))) return index
  }
  return undefined
}

function isTaken(
  range: string,
  node: string,
  given: ReadonlyMap<string, string>,
  { cache }: Pass,
): boolean {
  const owner = given.get(range)
  return (owner !== undefined && owner !== node) || cache.count(nodesByRange, range) > 0
}

function waiting(nodes: readonly Node[]): { name: string }[] {
  return nodes
    .filter(({ spec }) => spec.podCIDR === undefined)
    .map(({ metadata }) => ({ name: metadata.name }))
}
