import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubeletMetrics } from './kubelet-metrics.ts'
import { resourceMetrics } from './resource-metrics.ts'
import { addCertificateMetrics, addVolumeMetrics } from './volume-metrics.ts'

// As upstream has those of kubelet in test/instrumentation/testdata/stable-metrics-list.yaml: type and stability.
const RESOURCES = `
container_cpu_usage_seconds_total counter STABLE
container_memory_working_set_bytes gauge STABLE
container_start_time_seconds gauge STABLE
node_cpu_usage_seconds_total counter STABLE
node_memory_working_set_bytes gauge STABLE
pod_cpu_usage_seconds_total counter STABLE
pod_memory_working_set_bytes gauge STABLE
resource_scrape_error gauge STABLE
`

// Those of its /metrics that dashboards and alerts are made of; none of them is stable.
const AGENT = `
kubelet_active_pods static
kubelet_admission_rejections_total reason
kubelet_desired_pods static
kubelet_evictions eviction_signal
kubelet_image_garbage_collected_total reason
kubelet_node_name node
kubelet_pod_start_duration_seconds
kubelet_podcertificate_states signer_name state
kubelet_run_podsandbox_duration_seconds runtime_handler
kubelet_run_podsandbox_errors_total runtime_handler
kubelet_running_containers container_state
kubelet_running_pods
kubelet_runtime_operations_duration_seconds operation_type
kubelet_runtime_operations_errors_total operation_type
kubelet_runtime_operations_total operation_type
kubelet_started_containers_errors_total code container_type
kubelet_started_containers_total container_type
kubelet_started_pods_errors_total
kubelet_started_pods_total
kubelet_topology_manager_admission_errors_total
kubelet_topology_manager_admission_requests_total
kubelet_volume_stats_available_bytes namespace persistentvolumeclaim
kubelet_volume_stats_capacity_bytes namespace persistentvolumeclaim
kubelet_volume_stats_inodes namespace persistentvolumeclaim
kubelet_volume_stats_inodes_free namespace persistentvolumeclaim
kubelet_volume_stats_inodes_used namespace persistentvolumeclaim
kubelet_volume_stats_used_bytes namespace persistentvolumeclaim
`

const TIME = '2026-01-01T00:00:00Z'

test('/metrics/resource has the names and types that upstream promises', async () => {
  const disk = { time: TIME }
  const use = {
    cpu: { time: TIME, usageCoreNanoSeconds: 1e9 },
    memory: { time: TIME, workingSetBytes: 1 },
  }
  const text = await resourceMetrics({
    node: {
      nodeName: 'n',
      startTime: TIME,
      ...use,
      fs: disk,
      runtime: { imageFs: disk, containerFs: disk },
      rlimit: { time: TIME, maxpid: 1, curproc: 1 },
    },
    pods: [
      {
        podRef: { name: 'p', namespace: 'default', uid: 'u' },
        startTime: TIME,
        containers: [{ name: 'c', startTime: TIME, ...use }],
        ...use,
      },
    ],
  })
  const levels = new Map([...text.matchAll(/^# HELP (\w+) \[(\w+)\]/gm)].map(([, n, l]) => [n, l]))
  const types = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)]
  const told = types.map(([, name, type]) => `${name} ${type} ${levels.get(name)}`)
  assert.deepEqual(told.toSorted(), RESOURCES.trim().split('\n'))
})

test('/metrics has the main series of upstream, with their labels', async () => {
  const { set } = kubeletMetrics('n', () => [])
  addVolumeMetrics(set, async () => [
    { pvcRef: { name: 'data', namespace: 'default' }, usedBytes: 5 },
    { usedBytes: 7 },
  ])
  const certificate = { signerName: 's', state: 'fresh' } as const
  addCertificateMetrics(set, () => [certificate, certificate, { ...certificate, state: 'denied' }])
  const told = set.families.map(({ name, labels }) => [name, ...labels.toSorted()].join(' '))
  assert.deepEqual(told.toSorted(), AGENT.trim().split('\n'))
  const counted = /^kubelet_(volume_stats_used_bytes|podcertificate_states).*$/gm
  assert.deepEqual((await set.text()).match(counted), [
    'kubelet_volume_stats_used_bytes{namespace="default",persistentvolumeclaim="data"} 5',
    'kubelet_podcertificate_states{signer_name="s",state="fresh"} 2',
    'kubelet_podcertificate_states{signer_name="s",state="denied"} 1',
  ])
})
