import { MetricSet } from '../../base/metrics.ts'
import type { Summary } from '../stats/summary.ts'

const NS = 1e9

/** What `/metrics/resource` answers: what metrics-server needs, and no more. */
export function resourceMetrics({ node, pods }: Summary): Promise<string> {
  const set = new MetricSet()
  const counter = (name: string, help: string, labels: readonly string[] = []) => {
    const family = set.counter({ name, help: `[STABLE] ${help}`, labels })
    return (value: number | undefined, ...of: readonly string[]): void => {
      if (value !== undefined) family.with(...of).inc(value)
    }
  }
  const gauge = (name: string, help: string, labels: readonly string[] = []) => {
    const family = set.gauge({ name, help: `[STABLE] ${help}`, labels })
    return (value: number | undefined, ...of: readonly string[]): void => {
      if (value !== undefined) family.with(...of).set(value)
    }
  }
  const seconds = (ns: number | undefined): number | undefined =>
    ns === undefined ? undefined : ns / NS
  const [ofContainer, ofPod] = [
    ['container', 'namespace', 'pod'],
    ['namespace', 'pod'],
  ]
  const nodeCpu = counter(
    'node_cpu_usage_seconds_total',
    'Cumulative cpu time consumed by the node in core-seconds',
  )
  const nodeMemory = gauge(
    'node_memory_working_set_bytes',
    'Current working set of the node in bytes',
  )
  const containerCpu = counter(
    'container_cpu_usage_seconds_total',
    'Cumulative cpu time consumed by the container in core-seconds',
    ofContainer,
  )
  const containerMemory = gauge(
    'container_memory_working_set_bytes',
    'Current working set of the container in bytes',
    ofContainer,
  )
  const started = gauge(
    'container_start_time_seconds',
    'Start time of the container since unix epoch in seconds',
    ofContainer,
  )
  const podCpu = counter(
    'pod_cpu_usage_seconds_total',
    'Cumulative cpu time consumed by the pod in core-seconds',
    ofPod,
  )
  const podMemory = gauge(
    'pod_memory_working_set_bytes',
    'Current working set of the pod in bytes',
    ofPod,
  )
  const failed = gauge(
    'resource_scrape_error',
    '1 if there was an error while getting container metrics, 0 otherwise',
  )
  failed(0)
  nodeCpu(seconds(node.cpu.usageCoreNanoSeconds))
  nodeMemory(node.memory.workingSetBytes)
  for (const { podRef, containers, cpu, memory } of pods) {
    const { namespace, name } = podRef
    podCpu(seconds(cpu?.usageCoreNanoSeconds), namespace, name)
    podMemory(memory?.workingSetBytes, namespace, name)
    for (const container of containers) {
      const of = [container.name, namespace, name] as const
      containerCpu(seconds(container.cpu?.usageCoreNanoSeconds), ...of)
      containerMemory(container.memory?.workingSetBytes, ...of)
      started(Date.parse(container.startTime) / 1000, ...of)
    }
  }
  return set.text()
}
