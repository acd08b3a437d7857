import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyMetrics } from '../admission/policy/policy-metrics.ts'
import { webhookMetrics } from '../admission/webhook/webhook-metrics.ts'
import { systemClock } from '../../base/clock.node.ts'
import { controllerMetrics } from '../../controller-runtime/metrics.ts'
import { serverMetrics } from './server-metrics.ts'

// As https://kubernetes.io/docs/reference/instrumentation/metrics/ has those of kube-apiserver 1.36, in alphabetical
// order: type, stability and labels.
const METRICS = `
apiserver_admission_controller_admission_duration_seconds histogram STABLE name operation rejected type
apiserver_admission_step_admission_duration_seconds histogram STABLE operation rejected type
apiserver_admission_webhook_admission_duration_seconds histogram STABLE name operation rejected type
apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds gauge BETA apiserver_id_hash status
apiserver_authentication_config_controller_automatic_reloads_total counter BETA apiserver_id_hash status
apiserver_authorization_config_controller_automatic_reload_last_timestamp_seconds gauge BETA apiserver_id_hash status
apiserver_authorization_config_controller_automatic_reloads_total counter BETA apiserver_id_hash status
apiserver_cel_compilation_duration_seconds histogram BETA
apiserver_cel_evaluation_duration_seconds histogram BETA
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
apiserver_validating_admission_policy_check_duration_seconds histogram BETA enforcement_action error_type policy policy_binding
apiserver_validating_admission_policy_check_total counter BETA enforcement_action error_type policy policy_binding
apiserver_validation_declarative_validation_mismatch_total counter BETA
apiserver_validation_declarative_validation_panic_total counter BETA
apiserver_watch_list_duration_seconds histogram BETA group resource scope version
disabled_metrics_total counter BETA
hidden_metrics_total counter BETA
kubernetes_build_info gauge BETA build_date compiler git_commit git_tree_state git_version go_version major minor platform
kubernetes_feature_enabled gauge BETA name stage
kubernetes_healthcheck gauge STABLE name type
kubernetes_healthchecks_total counter STABLE name status type
registered_metrics_total counter BETA deprecated_version stability_level
running_managed_controllers gauge BETA manager name
workqueue_adds_total counter BETA name
workqueue_depth gauge BETA name
workqueue_longest_running_processor_seconds gauge BETA name
workqueue_queue_duration_seconds histogram BETA name
workqueue_retries_total counter BETA name
workqueue_unfinished_work_seconds gauge BETA name
workqueue_work_duration_seconds histogram BETA name
`

test('stable and beta metrics have the names, types and labels that upstream promises', () => {
  const { set, health } = serverMetrics()
  webhookMetrics(set, systemClock)
  policyMetrics(set)
  controllerMetrics(set)
  const promised = [...set.families, ...health.set.families].flatMap((family) => {
    const { name, type, help, labels } = family
    const level = /^\[(STABLE|BETA)\]/.exec(help)?.[1]
    return level ? [[name, type, level, ...labels.toSorted()].join(' ')] : []
  })
  assert.deepEqual(promised.toSorted(), METRICS.trim().split('\n'))
})
