import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Deployment } from '../api/apps/v1/deployment.ts'
import { ReplicaSet } from '../api/apps/v1/replica-set.ts'
import { StatefulSet } from '../api/apps/v1/stateful-set.ts'
import { HorizontalPodAutoscaler } from '../api/autoscaling/v2/horizontal-pod-autoscaler.ts'
import { CronJob } from '../api/batch/v1/cron-job.ts'
import { Job } from '../api/batch/v1/job.ts'
import { Endpoints } from '../api/core/v1/endpoints.ts'
import { Namespace } from '../api/core/v1/namespace.ts'
import { Node } from '../api/core/v1/node.ts'
import { PersistentVolume } from '../api/core/v1/persistent-volume.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { Service } from '../api/core/v1/service.ts'
import { liveValue } from '../base/live-value.ts'
import { MetricSet } from '../base/metrics.ts'
import type { Controller } from '../controller-runtime/index.ts'
import { controllerMetrics } from '../controller-runtime/metrics.ts'
import { testCluster } from '../controller-runtime/testing.ts'
import { cronJobController } from './cronjob/cronjob-controller.ts'
import { endpointSliceController } from './endpointslice/endpointslice-controller.ts'
import { endpointSliceMirroringController } from './endpointslice-mirroring/endpointslice-mirroring-controller.ts'
import { ephemeralVolumeController } from './ephemeral-volume/ephemeral-volume-controller.ts'
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler/horizontal-pod-autoscaler-controller.ts'
import { jobController } from './job/job-controller.ts'
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle-controller.ts'
import { volumeBinder } from './persistentvolume-binder/volume-binder.ts'
import { replicaSetController } from './replicaset/replica-controller.ts'
import { rootCaPublisher } from './root-ca-publisher/root-ca-publisher.ts'
import { statefulSetController } from './statefulset/statefulset-controller.ts'
import { taintEvictionController } from './taint-eviction/taint-eviction-controller.ts'
import { podsOf, podTemplate, setAllPodsReady } from './testing.ts'
import { ttlAfterFinishedController } from './ttl-after-finished/ttl-after-finished-controller.ts'

async function setUp(...controllers: readonly Controller[]) {
  const set = new MetricSet()
  const metrics = controllerMetrics(set)
  const cluster = await testCluster(controllers, { controllerMetrics: metrics })
  /** The lines of a metric. */
  const lines = async (name: string): Promise<readonly string[]> =>
    (await set.text()).split('\n').filter((line) => line.startsWith(name))
  return { ...cluster, lines }
}

const namespace = 'default'

test('Jobs, their Pods and their deletion are counted', async () => {
  await using cluster = await setUp(jobController(), cronJobController, ttlAfterFinishedController)
  const { client, clock, lines } = cluster
  const template = { spec: { ...podTemplate('sum').spec, restartPolicy: 'Never' as const } }
  const spec = { template, ttlSecondsAfterFinished: 10 }
  await client.create(CronJob, {
    metadata: { namespace, name: 'sum' },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec } },
  })
  await clock.advance(301_000)
  const [pod] = await podsOf(cluster)
  await client.updateStatus(Pod, { ...pod!, status: { ...pod!.status, phase: 'Succeeded' } })
  await clock.advance(11_000)
  const mode = 'completion_mode="NonIndexed"'
  const name = 'job_controller_job'
  assert.deepEqual(await lines(`${name}s_finished_total`), [
    `${name}s_finished_total{${mode},result="succeeded",reason="CompletionsReached"} 1`,
  ])
  assert.deepEqual(await lines(`${name}_pods_finished_total`), [
    `${name}_pods_finished_total{${mode},result="succeeded"} 1`,
  ])
  const syncs = await lines(`${name}_syncs_total`)
  assert.ok(syncs.includes(`${name}_syncs_total{${mode},result="success",action="pods_created"} 1`))
  const skew = 'cronjob_controller_job_creation_skew_duration_seconds'
  assert.deepEqual(await lines(`${skew}_count`), [`${skew}_count 1`])
  const deletion = 'ttl_after_finished_controller_job_deletion_duration_seconds'
  assert.deepEqual(await lines(`${deletion}_count`), [`${deletion}_count 1`])
})

test('what becomes of the Pods and indexes of Jobs is counted', async () => {
  await using cluster = await setUp(jobController())
  const { client, clock, lines } = cluster
  const template = { spec: { ...podTemplate('sum').spec, restartPolicy: 'Never' as const } }
  const onExitCodes = { operator: 'In' as const, values: [42] }
  await client.create(Job, {
    metadata: { namespace, name: 'sum' },
    spec: {
      completions: 2,
      parallelism: 2,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 1,
      podFailurePolicy: { rules: [{ action: 'Count', onExitCodes }] },
      podReplacementPolicy: 'Failed',
      template,
    },
  })
  await client.create(Job, {
    metadata: { namespace, name: 'far' },
    spec: { managedBy: 'example.com/runner', template },
  })
  await cluster.settle()
  const end = async ({ metadata }: Pod, phase: string, exitCode: number) => {
    const containerStatuses = [{ name: 'main', state: { terminated: { exitCode } } }]
    const patch = { status: { phase, containerStatuses } }
    await client.patch(Pod, metadata, 'strategic', patch, { subresource: 'status' })
    await clock.advance(60_000)
  }
  const [first, second] = await podsOf(cluster)
  await end(first!, 'Failed', 42)
  await end(second!, 'Succeeded', 0)
  const name = 'job_controller'
  assert.deepEqual(await lines(`${name}_job_pods_creation_total`), [
    `${name}_job_pods_creation_total{reason="new",status="succeeded"} 2`,
    `${name}_job_pods_creation_total{reason="recreate_failed",status="succeeded"} 1`,
  ])
  assert.deepEqual(await lines(`${name}_job_finished_indexes_total`), [
    `${name}_job_finished_indexes_total{status="succeeded",backoffLimit="perIndex"} 1`,
  ])
  assert.deepEqual(await lines(`${name}_pod_failures_handled_by_failure_policy_total`), [
    `${name}_pod_failures_handled_by_failure_policy_total{action="Count"} 1`,
  ])
  assert.deepEqual(await lines(`${name}_terminated_pods_tracking_finalizer_total`), [
    `${name}_terminated_pods_tracking_finalizer_total{event="add"} 2`,
    `${name}_terminated_pods_tracking_finalizer_total{event="delete"} 2`,
  ])
  assert.deepEqual(await lines(`${name}_jobs_by_external_controller_total`), [
    `${name}_jobs_by_external_controller_total{controller_name="example.com/runner"} 1`,
  ])
})

test('how old the Pods are that a ReplicaSet gives up is counted', async () => {
  await using cluster = await setUp(replicaSetController)
  const { client, clock, lines } = cluster
  const web = { namespace, name: 'web' }
  await client.create(ReplicaSet, {
    metadata: web,
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: podTemplate('web') },
  })
  await clock.advance(30_000)
  const scale = async (replicas: number) => {
    await client.patch(ReplicaSet, web, 'merge', { spec: { replicas } })
    await cluster.settle()
  }
  await scale(2)
  await clock.advance(10_000)
  await setAllPodsReady(cluster)
  await scale(0)
  const name = 'replicaset_controller_sorting_deletion_age_ratio'
  assert.deepEqual(await lines(`${name}_sum`), [`${name}_sum 4`])
  assert.deepEqual(await lines(`${name}_count`), [`${name}_count 2`])
})

test('how many Pods of a StatefulSet are unavailable is measured until it is gone', async () => {
  await using cluster = await setUp(statefulSetController)
  const { client, lines } = cluster
  const db = { namespace, name: 'db' }
  await client.create(StatefulSet, {
    metadata: db,
    spec: {
      replicas: 3,
      serviceName: 'db',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
      selector: { matchLabels: { app: 'db' } },
      template: podTemplate('db'),
    },
  })
  await cluster.settle()
  await setAllPodsReady(cluster, ({ metadata }) => metadata.name !== 'db-2')
  const labels =
    'statefulset_namespace="default",statefulset_name="db",pod_management_policy="Parallel"'
  const name = 'statefulset_controller_statefulset'
  assert.deepEqual(await lines(name), [
    `${name}_max_unavailable{${labels}} 2`,
    `${name}_unavailable_replicas{${labels}} 1`,
  ])
  await client.delete(StatefulSet, db)
  await cluster.settle()
  assert.deepEqual(await lines(name), [])
})

test('what is done about autoscalers is counted', async () => {
  const builtIn = [Deployment, HorizontalPodAutoscaler]
  await using cluster = await setUp(horizontalPodAutoscalerController({ builtIn }))
  const { client, lines } = cluster
  const web = { namespace, name: 'web' }
  const template = podTemplate('web')
  await client.create(Deployment, {
    metadata: web,
    spec: { replicas: 9, selector: { matchLabels: { app: 'web' } }, template },
  })
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  await client.create(HorizontalPodAutoscaler, {
    metadata: web,
    spec: { scaleTargetRef, maxReplicas: 4 },
  })
  await cluster.settle()
  const name = 'horizontal_pod_autoscaler_controller_reconciliation'
  const labels = 'action="scale_down",error="none"'
  assert.deepEqual(await lines(`${name}s_total`), [`${name}s_total{${labels}} 1`])
  assert.deepEqual(await lines(`${name}_duration_seconds_count`), [
    `${name}_duration_seconds_count{${labels}} 1`,
  ])
})

test('slices that mirror Endpoints are counted', async () => {
  await using cluster = await setUp(endpointSliceMirroringController)
  const { client, lines } = cluster
  const db = { namespace, name: 'db' }
  await client.create(Service, {
    metadata: db,
    spec: { clusterIP: '10.96.0.20', ports: [{ port: 5432 }] },
  })
  const endpoints = await client.create(Endpoints, {
    metadata: db,
    subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 5432 }] }],
  })
  await cluster.settle()
  await client.update(Endpoints, { ...endpoints, subsets: [] })
  await cluster.settle()
  const name = 'endpoint_slice_mirroring_controller_changes'
  assert.deepEqual(await lines(name), [
    `${name}{operation="create"} 1`,
    `${name}{operation="delete"} 1`,
  ])
})

test('nodes that are emptied, and the Pods that go from them, are counted', async () => {
  await using cluster = await setUp(nodeLifecycleController(), taintEvictionController())
  const { client, clock, lines } = cluster
  for (const name of ['n1', 'n2']) {
    const { metadata } = await client.create(Node, { metadata: { name } })
    const patch = { status: { conditions: [{ type: 'Ready', status: 'True' }] } }
    await client.patch(Node, metadata, 'strategic', patch, { subresource: 'status' })
  }
  const { spec } = podTemplate('a')
  await client.create(Pod, {
    metadata: { namespace, name: 'a' },
    spec: { ...spec, nodeName: 'n1', tolerations: [], terminationGracePeriodSeconds: 0 },
  })
  for (let s = 0; s < 70; s += 10) {
    await clock.advance(10_000)
    const lastHeartbeatTime = new Date(clock.now()).toISOString().replace(/\.\d+/, '')
    const patch = { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime }] } }
    await client.patch(Node, { name: 'n2' }, 'strategic', patch, { subresource: 'status' })
  }
  await cluster.settle()
  const evictions = 'node_collector_evictions_total'
  assert.match((await lines(evictions)).join(), /^node_collector_evictions_total\{zone=".*"\} 1$/)
  await clock.advance(301_000)
  const deletions = 'taint_eviction_controller_pod_deletions_total'
  assert.deepEqual(await lines(deletions), [`${deletions} 1`])
})

test('slices, claims, authorities and volumes are counted', async () => {
  const rootCA = liveValue('PEM')
  await using cluster = await setUp(
    endpointSliceController,
    ephemeralVolumeController,
    rootCaPublisher({ rootCA }),
    volumeBinder('persistentvolume-binder-controller'),
  )
  const { client, lines } = cluster
  await client.create(Service, {
    metadata: { namespace, name: 'web' },
    spec: { clusterIP: '10.96.0.10', selector: { app: 'web' }, ports: [{ port: 80 }] },
  })
  const claim = {
    accessModes: ['ReadWriteOnce' as const],
    resources: { requests: { storage: '1Gi' } },
  }
  const ephemeral = { volumeClaimTemplate: { metadata: {}, spec: claim } }
  await client.create(Pod, {
    metadata: { namespace, name: 'a' },
    spec: { ...podTemplate('a').spec, volumes: [{ name: 'data', ephemeral }] },
  })
  await client.create(Namespace, { metadata: { name: 'other' } })
  await client.create(PersistentVolume, {
    metadata: { name: 'pv' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'disk.example.com', volumeHandle: 'h' },
      storageClassName: 'slow',
    },
  })
  await cluster.settle()
  assert.deepEqual(await lines('endpoint_slice_controller_changes'), [
    'endpoint_slice_controller_changes{operation="create"} 1',
  ])
  assert.match((await lines('endpoint_slice_controller_syncs')).join(), /result="success"\} \d+$/)
  assert.deepEqual(await lines('ephemeral_volume_controller_create_total'), [
    'ephemeral_volume_controller_create_total 1',
  ])
  assert.match((await lines('root_ca_cert_publisher_sync_total')).join(), /code="200"\} \d+$/)
  assert.deepEqual(await lines('pv_collector_'), [
    'pv_collector_total_pv_count{plugin_name="kubernetes.io/csi:disk.example.com",volume_mode="Filesystem"} 1',
    'pv_collector_unbound_pv_count{storage_class="slow"} 1',
    'pv_collector_unbound_pvc_count{namespace="default",storage_class="",volume_attributes_class=""} 1',
  ])
})
