import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Cluster } from '../../src/index.ts'

/** What many clusters left behind. */
export interface Leftovers {
  /** Kinds of handles, timers and requests that are there now and were not before. */
  readonly handlesLeft: readonly string[]
  /** How much more is on the heap than after the first clusters, whose code stays. */
  readonly heapGrowthBytes: number
  /** What two running clusters take: less than that is noise, however many there were. */
  readonly limitBytes: number
}

const WARM_UP = 10
const POD = `
apiVersion: v1
kind: Pod
metadata: { name: one }
spec: { containers: [{ name: main, image: example }] }
`

/** Starts clusters one after the other, has each run a Pod, and stops it. */
export async function startAndStop(
  count: number,
  log: (line: string) => void = () => undefined,
): Promise<Leftovers> {
  for (let i = 0; i < WARM_UP; i += 1) await runOne(i)
  const handles = process.getActiveResourcesInfo().toSorted()
  const heapBefore = heapBytes()
  const clusterBytes = await sizeOfOne(heapBefore)
  for (let i = 0; i < count; i += 1) {
    await runOne(i)
    if ((i + 1) % 100 === 0) log(`${i + 1} clusters, ${heapBytes() - heapBefore} bytes more`)
  }
  return {
    handlesLeft: without(process.getActiveResourcesInfo(), handles),
    heapGrowthBytes: heapBytes() - heapBefore,
    limitBytes: clusterBytes * 2,
  }
}

// Every other one by a virtual clock, and some with an open port.
async function runOne(index: number): Promise<void> {
  await using cluster = await Cluster.start({ clock: index % 2 === 0 ? 'system' : 'virtual' })
  await cluster.apply(POD)
  if (index % 10 === 0) await cluster.kubeconfig()
}

async function sizeOfOne(heapBefore: number): Promise<number> {
  await using _cluster = await Cluster.start()
  return heapBytes() - heapBefore
}

function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function without(all: readonly string[], some: readonly string[]): readonly string[] {
  const left = [...some]
  return all.filter((each) => {
    const at = left.indexOf(each)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
