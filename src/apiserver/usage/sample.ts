/** What the agent of a node has counted, at one time. */
export interface Sample {
  readonly atMs: number
  readonly node: Counts
  /** By `NAMESPACE/POD`, and within by name. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Counts>>
}

export interface Counts {
  /** Processor time since the start. */
  readonly cpuSeconds?: number
  readonly memoryBytes?: number
  /** Since the Unix epoch. */
  readonly startedSeconds?: number
}

const FIELDS: Readonly<Record<string, keyof Counts>> = {
  node_cpu_usage_seconds_total: 'cpuSeconds',
  node_memory_working_set_bytes: 'memoryBytes',
  container_cpu_usage_seconds_total: 'cpuSeconds',
  container_memory_working_set_bytes: 'memoryBytes',
  container_start_time_seconds: 'startedSeconds',
}

/** Reads what a node agent answers to `/metrics/resource`, at `nowMs`. */
export function parseSample(text: string, nowMs: number): Sample {
  let atMs = nowMs
  let node: Counts = {}
  const pods = new Map<string, Map<string, Counts>>()
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value, time] = LINE.exec(line) ?? []
    const field = FIELDS[name]
    if (!field) continue
    const counted = { [field]: Number(value) }
    if (name.startsWith('node_')) {
      node = { ...node, ...counted }
      if (time !== undefined) atMs = Number(time)
      continue
    }
    const { namespace, pod, container } = labelsOf(labels)
    const containers = pods.getOrInsertComputed(`${namespace}/${pod}`, () => new Map())
    containers.set(container!, { ...containers.get(container!), ...counted })
  }
  return { atMs, node, pods }
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)(?: (\d+))?$/

// No name of Kubernetes has a quotation mark or a backslash in it.
function labelsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.matchAll(/(\w+)="([^"]*)"/g).map(([, label, value]) => [label!, value!]),
  )
}
