import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { ReplicationController } from '../../../src/api/core/v1/replication-controller.ts'
import { ResourceQuota } from '../../../src/api/core/v1/resource-quota.ts'
import { controllerOf } from '../../../src/apimachinery/owner-references.ts'
import { conformance } from '../conformance.ts'
import { apps, isReady, template } from './apps.ts'
import { holds, showScale } from './subresources.ts'

const controller = (namespace: string, replicas: number, name = 'rc-test') => ({
  metadata: { namespace, name, labels: { 'test-rc-static': 'true' } },
  spec: { replicas, selector: { name }, template: template(name) },
})

describe('ReplicationController', () => {
  const app = apps()
  const ready = (namespace: string, count: number) =>
    app.cluster.eventually(async () => {
      const pods = await app.pods(namespace)
      assert.equal(pods.filter(isReady).length, count)
      return pods
    })

  conformance(
    '[sig-apps] ReplicationController should serve a basic image on each replica with a public image [Conformance]',
    async () => {
      const namespace = await app.namespace('rc-basic')
      const { metadata } = await app.client.create(ReplicationController, controller(namespace, 1))
      const [pod] = await ready(namespace, 1)
      assert.equal(pod!.status.phase, 'Running')
      assert.notEqual(pod!.status.podIP, undefined)
      assert.equal(controllerOf(pod!)?.uid, metadata.uid)
    },
  )

  conformance(
    '[sig-apps] ReplicationController should adopt matching pods on creation [Conformance]',
    async () => {
      const namespace = await app.namespace('rc-adopt')
      const name = 'pod-adoption'
      await app.client.create(Pod, {
        ...template(name),
        metadata: { namespace, name, labels: { name } },
      })
      const { metadata } = await app.client.create(
        ReplicationController,
        controller(namespace, 1, name),
      )
      await app.cluster.eventually(async () => {
        const pod = await app.client.get(Pod, { namespace, name })
        assert.equal(controllerOf(pod)?.uid, metadata.uid)
      })
    },
  )

  conformance(
    '[sig-apps] ReplicationController should release no longer matching pods [Conformance]',
    async () => {
      const namespace = await app.namespace('rc-release')
      await app.client.create(ReplicationController, controller(namespace, 1))
      const [pod] = await ready(namespace, 1)
      const key = { namespace, name: pod!.metadata.name }
      const labels = { name: 'not-matching-label' }
      await app.client.patch(Pod, key, 'merge', { metadata: { labels } })
      await app.cluster.eventually(async () => {
        assert.equal(controllerOf(await app.client.get(Pod, key)), undefined)
        assert.equal((await app.pods(namespace, 'name=rc-test')).length, 1)
      })
    },
  )

  conformance(
    '[sig-apps] ReplicationController should get and update a ReplicationController scale [Conformance]',
    async () => {
      const namespace = await app.namespace('rc-scale')
      await app.client.create(ReplicationController, controller(namespace, 1))
      await showScale(app, ReplicationController, { namespace, name: 'rc-test' })
    },
  )

  conformance(
    '[sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota [Conformance]',
    async () => {
      const namespace = await app.namespace('rc-quota')
      const key = { namespace, name: 'rc-test' }
      const metadata = { namespace, name: 'condition-test' }
      await app.client.create(ResourceQuota, { metadata, spec: { hard: { pods: '2' } } })
      await app.cluster.eventually(async () => {
        const { status } = await app.client.get(ResourceQuota, metadata)
        assert.equal(status.hard?.['pods'], '2')
      })
      await app.client.create(ReplicationController, controller(namespace, 3))
      await app.cluster.eventually(async () =>
        holds(await app.client.get(ReplicationController, key), 'ReplicaFailure'),
      )
      assert.equal((await app.pods(namespace)).length, 2)
      await app.client.patch(ReplicationController, key, 'merge', { spec: { replicas: 2 } })
      await app.cluster.eventually(
        async () => !holds(await app.client.get(ReplicationController, key), 'ReplicaFailure'),
      )
    },
  )

  conformance(
    '[sig-apps] ReplicationController should test the lifecycle of a ReplicationController [Conformance]',
    async () => {
      const namespace = await app.namespace('rc-lifecycle')
      const key = { namespace, name: 'rc-test' }
      const labelSelector = 'test-rc-static=true'
      await app.client.create(ReplicationController, controller(namespace, 1))
      await ready(namespace, 1)
      const patched = await app.client.patch(ReplicationController, key, 'merge', {
        metadata: { labels: { 'test-rc': 'patched' } },
      })
      assert.equal(patched.metadata.labels?.['test-rc'], 'patched')
      const zero = { status: { readyReplicas: 0, availableReplicas: 0 } }
      await app.client.patch(ReplicationController, key, 'merge', zero, { subresource: 'status' })
      await app.cluster.eventually(async () => {
        const { status } = await app.client.get(ReplicationController, key)
        assert.equal(status.readyReplicas, 1)
      })
      await app.client.patch(
        ReplicationController,
        key,
        'merge',
        { spec: { replicas: 2 } },
        { subresource: 'scale' },
      )
      await ready(namespace, 2)
      await app.cluster.eventually(async () => {
        const fresh = await app.client.get(ReplicationController, key)
        const labels = { ...fresh.metadata.labels, 'test-rc': 'updated' }
        await app.client.update(ReplicationController, {
          ...fresh,
          metadata: { ...fresh.metadata, labels },
        })
      })
      const { items } = await app.client.list(ReplicationController, { namespace, labelSelector })
      assert.deepEqual(
        items.map(({ metadata }) => metadata.labels?.['test-rc']),
        ['updated'],
      )
      await app.client.deleteCollection(ReplicationController, { namespace, labelSelector })
      await app.cluster.eventually(async () => {
        assert.deepEqual((await app.client.list(ReplicationController, { namespace })).items, [])
      })
    },
  )
})
