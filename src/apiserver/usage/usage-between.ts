import type { Counts, Sample } from './sample.ts'

/** Amounts by resource, such as `cpu: 1200n`. */
export type Usage = Readonly<Record<string, string>>

/** What a node and its Pods used over some time. */
export interface NodeUsage {
  /** The end of that time. */
  readonly atMs: number
  readonly windowMs: number
  /** Absent where it is not known. */
  readonly node?: Usage
  /** By `NAMESPACE/POD`, and within by name; Pods of which a part is not known are left out. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Usage>>
}

/** What was used from one look at a node to the next. */
export function usageBetween(before: Sample, after: Sample): NodeUsage {
  const node = usageOf(before.node, after.node, before, after)
  const pods = new Map<string, ReadonlyMap<string, Usage>>()
  for (const [pod, containers] of after.pods) {
    const usages = new Map<string, Usage>()
    for (const [name, counts] of containers) {
      const usage = usageOf(before.pods.get(pod)?.get(name), counts, before, after)
      if (usage) usages.set(name, usage)
    }
    if (usages.size === containers.size) pods.set(pod, usages)
  }
  const windowMs = after.atMs - before.atMs
  return { atMs: after.atMs, windowMs, ...(node && { node }), pods }
}

function usageOf(
  was: Counts | undefined,
  is: Counts,
  { atMs: beforeMs }: Sample,
  { atMs: afterMs }: Sample,
): Usage | undefined {
  const { cpuSeconds, memoryBytes, startedSeconds } = is
  if (cpuSeconds === undefined || memoryBytes === undefined) return undefined
  const isSame =
    was?.cpuSeconds !== undefined &&
    was.cpuSeconds <= cpuSeconds &&
    was.startedSeconds === startedSeconds
  const sinceMs = isSame ? beforeMs : (startedSeconds ?? NaN) * 1000
  // What began since has its whole life counted; of all else that was not seen before, nothing is known.
  if (!(sinceMs >= beforeMs - SECOND_MS && afterMs > sinceMs)) return undefined
  const cores = (cpuSeconds - (isSame ? was.cpuSeconds : 0)) / ((afterMs - sinceMs) / SECOND_MS)
  return { cpu: `${Math.round(cores * 1e9)}n`, memory: `${Math.ceil(memoryBytes / 1024)}Ki` }
}

const SECOND_MS = 1000 // The time of a start is told in whole ones.
