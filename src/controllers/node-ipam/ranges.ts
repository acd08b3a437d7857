/** The ranges that a cluster range is cut into, one for each node, by their numbers. IPv4. */
export interface NodeRanges {
  /** How many there are. */
  readonly size: number
  /** The range of this number, such as `10.244.3.0/24`. */
  at(index: number): string
  /** The number of a range; undefined where it is none of these. */
  indexOf(range: string): number | undefined
}

/** Cuts `clusterCIDR` into ranges of `nodeMaskSize` bits. Throws where it is no IPv4 range, or smaller than one of them. */
export function nodeRanges(clusterCIDR: string, nodeMaskSize: number): NodeRanges {
  const { base, bits } =
    parse(clusterCIDR) ?? fail(`Cannot use cluster CIDR ${clusterCIDR}: it is no IPv4 range`)
  if (bits > nodeMaskSize)
    fail(`Cannot use cluster CIDR ${clusterCIDR}: it holds no range of /${nodeMaskSize}`)
  const [size, step] = [2 ** (nodeMaskSize - bits), 2 ** (32 - nodeMaskSize)]
  return {
    size,
    at: (index) => `${format(base + index * step)}/${nodeMaskSize}`,
    indexOf(range) {
      const parsed = parse(range)
      if (parsed?.bits !== nodeMaskSize) return undefined
      const index = (parsed.base - base) / step
      return Number.isInteger(index) && index >= 0 && index < size ? index : undefined
    },
  }
}

function parse(range: string): { base: number; bits: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(range)
  if (!match) return undefined
  const numbers = match.slice(1).map(Number)
  const bits = numbers.pop()!
  if (bits > 32 || numbers.some((each) => each > 255)) return undefined
  return { base: numbers.reduce((sum, each) => sum * 256 + each, 0), bits }
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

function fail(message: string): never {
  throw new RangeError(message)
}
