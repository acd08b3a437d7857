import { Node } from '../../api/core/v1/node.ts'
import { indexBy } from '../../client/object-cache.ts'
import { controller, watch, type Controller, type Pass } from '../../controller-runtime/index.ts'
import { nodeRanges, type NodeRanges } from './ranges.ts'

export interface NodeIpamOptions {
  /** The addresses of all Pods, such as `10.244.0.0/16`, or a range of each family with a comma between them. */
  readonly clusterCIDR: string
}

/** The ranges of one family, and where the next free one is looked for. */
interface Pool {
  readonly ranges: NodeRanges
  next: number
}

const nodesByRange = indexBy(Node, 'podCIDR', ({ spec }) => spec.podCIDRs ?? [])

/** Gives each node a range of addresses of each family for its Pods (`spec.podCIDRs`), which no other node has. */
export function nodeIpamController({ clusterCIDR }: NodeIpamOptions): Controller {
  const pools = clusterCIDR.split(',').map((cidr): Pool => ({ ranges: nodeRanges(cidr), next: 0 }))
  // What was given away a moment ago may not be in the cache yet.
  const given = new Map<string, string>()

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
    // A range is chosen and noted in one go, so that many writes may be under way.
    concurrency: 30,

    async reconcile(node, pass) {
      const { name } = node.metadata
      if (node.spec.podCIDR !== undefined) return
      const free = pools.flatMap((pool) => {
        const index = freeRange(pool, (range) => isTaken(range, name, given, pass))
        return index === undefined ? [] : [{ pool, index }]
      })
      if (free.length < pools.length) {
        pass.events.normal(node, 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        return
      }
      const podCIDRs = free.map(({ pool, index }) => {
        pool.next = (index + 1) % pool.ranges.size
        return pool.ranges.at(index)
      })
      for (const range of podCIDRs) given.set(range, name)
      const spec = { podCIDR: podCIDRs[0], podCIDRs }
      await pass.client.patch(Node, { name }, 'merge', { spec })
    },

    async gone({ name }) {
      for (const [range, owner] of given) if (owner === name) given.delete(range)
    },
  })
}

/** The first range from `next` on, around the end, that is not taken. */
function freeRange({ ranges, next }: Pool, taken: (range: string) => boolean): number | undefined {
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
