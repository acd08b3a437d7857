import { isPodTerminal } from '../../api/core/v1/pod-conditions.ts'
import { podLimits, podRequests, type ResourceList } from '../../api/core/v1/pod-resources.ts'
import type { Pod } from '../../api/core/v1/pod.ts'
import { isHugePages } from '../../api/core/v1/resource-names.ts'
import { MetricSet } from '../../base/metrics.ts'
import { parseQuantity } from '../../schema/quantity.ts'

const LABELS = ['namespace', 'pod', 'node', 'scheduler', 'priority', 'resource', 'unit']
const EXPECTED =
  'This shows the resource usage the scheduler and kubelet expect per pod for resources along with the unit for the resource if any.'

/** What Pods ask for and may use, but for those that are over, as text for Prometheus (KEP-1748). */
export function podResourceMetrics(pods: readonly Pod[]): Promise<string> {
  const set = new MetricSet()
  const limits = set.gauge({
    name: 'kube_pod_resource_limit',
    help: `[STABLE] Resources limit for workloads on the cluster, broken down by pod. ${EXPECTED}`,
    labels: LABELS,
  })
  const requests = set.gauge({
    name: 'kube_pod_resource_request',
    help: `[STABLE] Resources requested by workloads on the cluster, broken down by pod. ${EXPECTED}`,
    labels: LABELS,
  })
  for (const pod of pods) {
    if (isPodTerminal(pod)) continue
    tell(limits, pod, podLimits(pod.spec))
    tell(requests, pod, podRequests(pod.spec))
  }
  return set.text()
}

function tell(family: ReturnType<MetricSet['gauge']>, pod: Pod, list: ResourceList): void {
  const { metadata, spec } = pod
  const priority = spec.priority === undefined ? '' : String(spec.priority)
  const of = [metadata.namespace ?? '', metadata.name, spec.nodeName ?? '', spec.schedulerName]
  for (const [resource, text] of Object.entries(list)) {
    const { nano = 0n } = parseQuantity(text) ?? {}
    if (nano === 0n) continue
    family.with(...of, priority, resource, unitOf(resource)).set(Number(nano) / 1e9)
  }
}

const UNITS: ReadonlyMap<string, string> = new Map([
  ['cpu', 'cores'],
  ['memory', 'bytes'],
  ['storage', 'bytes'],
  ['ephemeral-storage', 'bytes'],
])

function unitOf(resource: string): string {
  return UNITS.get(resource) ?? (isHugePages(resource) ? 'bytes' : 'integer')
}
