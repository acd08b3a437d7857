import { MetricSet, type MetricOptions } from '../../base/metrics.ts'
import type { Machine } from '../node/machine.ts'
import type { ContainerStats, PodStats, Summary } from '../stats/summary.ts'

const NS = 1e9
const LABELS = ['container', 'namespace', 'pod']

type Value = (
  container: Pick<ContainerStats, 'cpu' | 'memory' | 'io' | 'rootfs'>,
) => number | undefined

interface Series {
  readonly type: 'counter' | 'gauge'
  readonly name: string
  readonly help: string
  readonly value: Value
}

const SERIES: readonly Series[] = [
  {
    type: 'counter',
    name: 'container_cpu_usage_seconds_total',
    help: 'Cumulative cpu time consumed in seconds.',
    value: ({ cpu }) =>
      cpu?.usageCoreNanoSeconds === undefined ? undefined : cpu.usageCoreNanoSeconds / NS,
  },
  {
    type: 'gauge',
    name: 'container_memory_usage_bytes',
    help: 'Current memory usage in bytes, including all memory regardless of when it was accessed',
    value: ({ memory }) => memory?.usageBytes,
  },
  {
    type: 'gauge',
    name: 'container_memory_working_set_bytes',
    help: 'Current working set in bytes.',
    value: ({ memory }) => memory?.workingSetBytes,
  },
  {
    type: 'gauge',
    name: 'container_memory_rss',
    help: 'Size of RSS in bytes.',
    value: ({ memory }) => memory?.rssBytes,
  },
  {
    type: 'gauge',
    name: 'container_fs_usage_bytes',
    help: 'Number of bytes that are consumed by the container on this filesystem.',
    value: ({ rootfs }) => rootfs?.usedBytes,
  },
  ...pressureSeries('cpu', 'CPU'),
  ...pressureSeries('memory', 'memory'),
  ...pressureSeries('io', 'IO'),
]

/** What a container waits for (KEP-4205), where the kernel tells. */
function pressureSeries(resource: 'cpu' | 'memory' | 'io', what: string): readonly Series[] {
  const seconds = (ns: number | undefined) => (ns === undefined ? undefined : ns / NS)
  return [
    {
      type: 'counter',
      name: `container_pressure_${resource}_stalled_seconds_total`,
      help: `Total time duration no tasks in the container could make progress due to ${what} congestion.`,
      value: (stats) => seconds(stats[resource]?.psi?.full.total),
    },
    {
      type: 'counter',
      name: `container_pressure_${resource}_waiting_seconds_total`,
      help: `Total time duration tasks in the container have waited due to ${what} congestion.`,
      value: (stats) => seconds(stats[resource]?.psi?.some.total),
    },
  ]
}

const NETWORK = [
  ['container_network_receive_bytes_total', 'Cumulative count of bytes received', 'rxBytes'],
  [
    'container_network_receive_errors_total',
    'Cumulative count of errors encountered while receiving',
    'rxErrors',
  ],
  ['container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', 'txBytes'],
  [
    'container_network_transmit_errors_total',
    'Cumulative count of errors encountered while transmitting',
    'txErrors',
  ],
] as const

/** What `/metrics/cadvisor` answers: the series that dashboards and rules use. A Pod as a whole has no container name. */
export function cadvisorMetrics({ pods }: Summary, machine: Machine): Promise<string> {
  const set = new MetricSet()
  set
    .gauge({ name: 'machine_cpu_cores', help: 'Number of logical CPU cores.' })
    .with()
    .set(machine.cpus)
  set
    .gauge({ name: 'machine_memory_bytes', help: 'Amount of memory installed on the machine.' })
    .with()
    .set(machine.memoryBytes)
  for (const { type, name, help, value } of SERIES) {
    const note = noting(set, type, { name, help, labels: LABELS })
    for (const pod of pods)
      for (const [container, stats] of partsOf(pod)) {
        const found = value(stats)
        if (found !== undefined) note(found, container, pod.podRef.namespace, pod.podRef.name)
      }
  }
  for (const [name, help, field] of NETWORK) {
    const family = set.counter({ name, help, labels: ['interface', 'namespace', 'pod'] })
    for (const { podRef, network } of pods)
      for (const each of network?.interfaces ?? [])
        family.with(each.name, podRef.namespace, podRef.name).inc(each[field])
  }
  const processes = set.gauge({
    name: 'container_processes',
    help: 'Number of processes running inside the container.',
    labels: LABELS,
  })
  for (const { podRef, process_stats: found } of pods)
    if (found) processes.with('', podRef.namespace, podRef.name).set(found.process_count)
  return set.text()
}

function noting(
  set: MetricSet,
  type: Series['type'],
  options: MetricOptions,
): (value: number, ...labels: readonly string[]) => void {
  if (type === 'counter') {
    const family = set.counter(options)
    return (value, ...labels) => family.with(...labels).inc(value)
  }
  const family = set.gauge(options)
  return (value, ...labels) => family.with(...labels).set(value)
}

function partsOf(pod: PodStats): readonly (readonly [string, Parameters<Value>[0]])[] {
  const { cpu, memory, io, containers } = pod
  const whole = { ...(cpu && { cpu }), ...(memory && { memory }), ...(io && { io }) }
  return [['', whole], ...containers.map((each) => [each.name, each] as const)]
}
