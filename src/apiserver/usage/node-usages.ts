import { sleep, type Clock } from '../../base/clock.ts'
import type { Sample } from './sample.ts'
import { usageBetween, type NodeUsage } from './usage-between.ts'

export interface NodeUsagesOptions {
  readonly clock: Clock
  /** Asks the agent of a node. */
  readonly scrape: (node: string, signal: AbortSignal) => Promise<Sample>
}

/** What nodes use, measured when somebody asks. */
export interface NodeUsages {
  /** Rejects where the node cannot be asked. */
  of(node: string): Promise<NodeUsage>
}

const FRESH_MS = 10_000 // For so long an answer holds.
const KEPT_MS = 60_000 // A look this long ago still is a beginning.
const APART_MS = 1000 // Else, there are two looks, one after the other.
const ASKING_MS_MAX = 10_000

interface Known {
  readonly last: Sample
  readonly usage: NodeUsage
}

/**
 * Looks at counters of nodes and tells how fast they rise: since the last look, where that was not long ago, else within
 * a second. So nothing is measured while nobody asks, and those who ask every so often wait for nothing.
 */
export function nodeUsages({ clock, scrape }: NodeUsagesOptions): NodeUsages {
  const known = new Map<string, Known>()
  const asking = new Map<string, Promise<NodeUsage>>()
  const measure = async (node: string, signal: AbortSignal): Promise<NodeUsage> => {
    const last = known.get(node)?.last
    const isRecent = last !== undefined && clock.now() - last.atMs < KEPT_MS
    const before = isRecent ? last : await scrape(node, signal)
    if (!isRecent) await sleep(clock, APART_MS, { signal })
    const after = await scrape(node, signal)
    const usage = usageBetween(before, after)
    known.set(node, { last: after, usage })
    return usage
  }
  const ask = async (node: string): Promise<NodeUsage> => {
    const abort = new AbortController()
    using _ = clock.after(ASKING_MS_MAX, () => abort.abort(new Error(`node ${node} is too slow`)))
    return await measure(node, abort.signal)
  }
  const isOld = ({ usage }: Known, limitMs: number): boolean => clock.now() - usage.atMs >= limitMs
  return {
    of(node) {
      for (const [name, each] of known) if (isOld(each, KEPT_MS)) known.delete(name)
      const found = known.get(node)
      if (found && !isOld(found, FRESH_MS)) return Promise.resolve(found.usage)
      return asking.getOrInsertComputed(node, () => ask(node).finally(() => asking.delete(node)))
    },
  }
}
