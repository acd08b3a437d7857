import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { ReplicaSet } from '../../../src/api/apps/v1/replica-set.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { controllerOf } from '../../../src/apimachinery/owner-references.ts'
import { conformance } from '../conformance.ts'
import { apps, imagesOf, isReady, template } from './apps.ts'
import { showCollection, showScale, showStatus } from './subresources.ts'

const replicaSet = (namespace: string, replicas: number, name = 'test-rs') => ({
  metadata: { namespace, name },
  spec: { replicas, selector: { matchLabels: { name } }, template: template(name) },
})

describe('ReplicaSet', () => {
  const app = apps()
  const ready = (namespace: string, count: number) =>
    app.cluster.eventually(async () => {
      const pods = await app.pods(namespace)
      assert.equal(pods.filter(isReady).length, count)
      return pods
    })

  conformance(
    '[sig-apps] ReplicaSet should serve a basic image on each replica with a public image [Conformance]',
    async () => {
      const namespace = await app.namespace('rs-basic')
      const { metadata } = await app.client.create(ReplicaSet, replicaSet(namespace, 1))
      const pods = await ready(namespace, 1)
      assert.equal(pods[0]!.status.phase, 'Running')
      assert.notEqual(pods[0]!.status.podIP, undefined)
      assert.equal(controllerOf(pods[0]!)?.uid, metadata.uid)
    },
  )

  conformance(
    '[sig-apps] ReplicaSet should adopt matching pods on creation and release no longer matching pods [Conformance]',
    async () => {
      const namespace = await app.namespace('rs-adopt')
      const name = 'pod-adoption-release'
      const orphan = await app.client.create(Pod, {
        ...template(name),
        metadata: { namespace, name, labels: { name } },
      })
      const set = await app.client.create(ReplicaSet, replicaSet(namespace, 1, name))
      await app.cluster.eventually(async () => {
        const pod = await app.client.get(Pod, { namespace, name })
        assert.equal(pod.metadata.uid, orphan.metadata.uid)
        assert.equal(controllerOf(pod)?.uid, set.metadata.uid)
      })
      const labels = { name: 'not-matching-label' }
      await app.client.patch(Pod, { namespace, name }, 'merge', { metadata: { labels } })
      await app.cluster.eventually(async () => {
        assert.equal(controllerOf(await app.client.get(Pod, { namespace, name })), undefined)
        assert.equal((await app.pods(namespace, `name=${name}`)).length, 1)
      })
    },
  )

  conformance(
    '[sig-apps] ReplicaSet Replicaset should have a working scale subresource [Conformance]',
    async () => {
      const namespace = await app.namespace('rs-scale')
      const { metadata } = await app.client.create(ReplicaSet, replicaSet(namespace, 1))
      await showScale(app, ReplicaSet, { namespace, name: metadata.name })
    },
  )

  conformance('[sig-apps] ReplicaSet Replace and Patch tests [Conformance]', async () => {
    const namespace = await app.namespace('rs-patch')
    const key = { namespace, name: 'test-rs' }
    await app.client.create(ReplicaSet, replicaSet(namespace, 1))
    await ready(namespace, 1)
    await app.cluster.eventually(async () => {
      const set = await app.client.get(ReplicaSet, key)
      await app.client.update(ReplicaSet, { ...set, spec: { ...set.spec, replicas: 2 } })
    })
    await ready(namespace, 2)
    const image = 'registry.k8s.io/e2e-test-images/httpd:2.4'
    const patch = {
      metadata: { labels: { 'test-rs': 'patched' } },
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'main', image }] } } },
    }
    const patched = await app.client.patch(ReplicaSet, key, 'strategic', patch)
    assert.equal(patched.metadata.labels?.['test-rs'], 'patched')
    const pods = await ready(namespace, 3)
    assert.equal(imagesOf(pods).filter((each) => each === image).length, 1)
  })

  conformance(
    '[sig-apps] ReplicaSet should list and delete a collection of ReplicaSets [Conformance]',
    async () => {
      const namespace = await app.namespace('rs-collection')
      const sets = ['a', 'b', 'c'].map((name) => replicaSet(namespace, 1, name))
      await showCollection(app, ReplicaSet, namespace, sets)
      await ready(namespace, 0)
    },
  )

  conformance(
    '[sig-apps] ReplicaSet should validate Replicaset Status endpoints [Conformance]',
    async () => {
      const namespace = await app.namespace('rs-status')
      await app.client.create(ReplicaSet, replicaSet(namespace, 1))
      await ready(namespace, 1)
      await showStatus(app, ReplicaSet, { namespace, name: 'test-rs' })
    },
  )
})
