const MIN_NODES = 100
const MIN_PERCENT = 5

/**
 * How many nodes that fit are enough to choose among. Worked example: of 5000 nodes, 50 - 5000/125 = 10 percent, so 500;
 * never fewer than 100.
 */
export function sampleSize(nodeCount: number, percentage: number): number {
  if (nodeCount < MIN_NODES) return nodeCount
  const percent = percentage || Math.max(MIN_PERCENT, 50 - Math.trunc(nodeCount / 125))
  return Math.min(nodeCount, Math.max(MIN_NODES, Math.trunc((nodeCount * percent) / 100)))
}
