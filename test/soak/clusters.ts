import { startAndStop } from '../integration/cluster-leaks.node.ts'

const CLUSTERS = 1000

/** A thousand clusters started and stopped in one process, which must be as it was before. */
export const soak = {
  name: 'clusters',
  what: `${CLUSTERS} embedded clusters started and stopped in one process`,

  async run(log: (line: string) => void): Promise<string> {
    const { handlesLeft, heapGrowthBytes, limitBytes } = await startAndStop(CLUSTERS, log)
    const perCluster = Math.round(heapGrowthBytes / CLUSTERS)
    if (handlesLeft.length > 0) throw new Error(`left behind: ${handlesLeft.join(', ')}`)
    if (heapGrowthBytes > limitBytes)
      throw new Error(`the heap grew by ${perCluster} bytes for each cluster`)
    return `${CLUSTERS} clusters, no handle left, ${perCluster} bytes of heap each`
  },
}
