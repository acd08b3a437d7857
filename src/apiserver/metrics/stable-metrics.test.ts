import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webhookMetrics } from '../admission/webhook/webhook-metrics.ts'
import { systemClock } from '../../base/clock.node.ts'
import { serverMetrics } from './server-metrics.ts'

// As upstream has them in test/instrumentation/testdata/stable-metrics-list.yaml, in alphabetical order: type, stability and labels.
const METRICS = `
apiserver_admission_controller_admission_duration_seconds histogram STABLE name operation rejected type
apiserver_admission_step_admission_duration_seconds histogram STABLE operation rejected type
apiserver_admission_webhook_admission_duration_seconds histogram STABLE name operation rejected type
apiserver_current_inflight_requests gauge STABLE request_kind
apiserver_flowcontrol_current_executing_requests gauge BETA flow_schema priority_level
apiserver_flowcontrol_current_executing_seats gauge BETA flow_schema priority_level
apiserver_flowcontrol_current_inqueue_requests gauge BETA flow_schema priority_level
apiserver_flowcontrol_dispatched_requests_total counter BETA flow_schema priority_level
apiserver_flowcontrol_nominal_limit_seats gauge BETA priority_level
apiserver_flowcontrol_rejected_requests_total counter BETA flow_schema priority_level reason
apiserver_flowcontrol_request_wait_duration_seconds histogram BETA execute flow_schema priority_level
apiserver_longrunning_requests gauge STABLE component group resource scope subresource verb version
apiserver_request_duration_seconds histogram STABLE component dry_run group resource scope subresource verb version
apiserver_request_total counter STABLE code component dry_run group resource scope subresource verb version
apiserver_requested_deprecated_apis gauge STABLE group removed_release resource subresource version
apiserver_response_sizes histogram STABLE component group resource scope subresource verb version
apiserver_storage_objects gauge STABLE resource
apiserver_storage_size_bytes gauge STABLE storage_cluster_id
disabled_metrics_total counter BETA
hidden_metrics_total counter BETA
kubernetes_feature_enabled gauge BETA name stage
kubernetes_healthcheck gauge STABLE name type
kubernetes_healthchecks_total counter STABLE name status type
registered_metrics_total counter BETA deprecated_version stability_level
`

test('stable and beta metrics have the names, types and labels that upstream promises', () => {
  const { set, health } = serverMetrics()
  webhookMetrics(set, systemClock)
  const promised = [...set.families, ...health.set.families].flatMap((family) => {
    const { name, type, help, labels } = family
    const level = /^\[(STABLE|BETA)\]/.exec(help)?.[1]
    return level ? [[name, type, level, ...labels.toSorted()].join(' ')] : []
  })
  assert.deepEqual(promised.toSorted(), METRICS.trim().split('\n'))
})
