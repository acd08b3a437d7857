/** CPUs by number, from the kernel's list form: `0-3,8`. Throws where it is none. */
export function parseCpuSet(text: string): readonly number[] {
  if (text.trim() === '') return []
  const cpus = text.split(',').flatMap((part) => {
    const [, from, to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? []
    if (from === undefined || Number(to) < Number(from))
      throw new RangeError(`unable to parse ${JSON.stringify(part)} as a set of CPUs`)
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i)
  })
  return [...new Set(cpus)].toSorted((a, b) => a - b)
}

/** The reverse of `parseCpuSet()`. */
export function formatCpuSet(cpus: Iterable<number>): string {
  const ranges: [from: number, to: number][] = []
  for (const cpu of [...cpus].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && last[1] === cpu - 1) last[1] = cpu
    else ranges.push([cpu, cpu])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}
