import { formatIpNumber, IP_BITS, numberOfIp, parseCidr } from '../../api/validation/ip.ts'

/** The ranges that a cluster range is cut into, one for each node, by their numbers. */
export interface NodeRanges {
  /** How many there are. */
  readonly size: number
  /** The range of this number, such as `10.244.3.0/24`. */
  at(index: number): string
}

/** How many bits of an address name a node's range. */
const NODE_MASK_SIZE = { IPv4: 24, IPv6: 64 } as const

/** Cuts `clusterCIDR` into ranges of nodes, /24 of IPv4 or /64 of IPv6. Throws where it is no range, or holds none of them. */
export function nodeRanges(clusterCIDR: string): NodeRanges {
  const parsed = parseCidr(clusterCIDR)
  if (!parsed) throw new RangeError(`Cannot use cluster CIDR ${clusterCIDR}: it is no range`)
  const { family, prefix } = parsed
  const nodeMaskSize = NODE_MASK_SIZE[family]
  if (prefix > nodeMaskSize)
    throw new RangeError(
      `Cannot use cluster CIDR ${clusterCIDR}: it holds no range of /${nodeMaskSize}`,
    )
  const bits = IP_BITS[family]
  const network = numberOfIp(parsed) >> BigInt(bits - prefix)
  const first = network << BigInt(nodeMaskSize - prefix)
  const shift = BigInt(bits - nodeMaskSize)
  return {
    size: 2 ** (nodeMaskSize - prefix),
    at: (index) => `${formatIpNumber(family, (first + BigInt(index)) << shift)}/${nodeMaskSize}`,
  }
}
