interface Sample {
  readonly atMs: number
  readonly cpuNs: number
  readonly nanoCores: number | undefined
}

const APART_MS_MIN = 1000 // Samples closer together say little.
const KEPT_MS = 600_000

/** How fast processor time is used, from one look at a counter to the next. */
export interface CpuRates {
  /** Billionths of a core; undefined on the first look at what has this name. */
  rate(name: string, cpuNs: number, nowMs: number): number | undefined
}

export function cpuRates(): CpuRates {
  const samples = new Map<string, Sample>()
  let collectedMs = 0
  return {
    rate(name, cpuNs, nowMs) {
      const before = samples.get(name)
      const ms = nowMs - (before?.atMs ?? nowMs)
      if (before && ms < APART_MS_MIN) return before.nanoCores
      const isSame = before !== undefined && cpuNs >= before.cpuNs
      const nanoCores = isSame ? Math.round(((cpuNs - before.cpuNs) / ms) * 1000) : undefined
      samples.set(name, { atMs: nowMs, cpuNs, nanoCores })
      if (nowMs - collectedMs > KEPT_MS) {
        collectedMs = nowMs
        for (const [key, { atMs }] of samples) if (nowMs - atMs > KEPT_MS) samples.delete(key)
      }
      return nanoCores
    },
  }
}
