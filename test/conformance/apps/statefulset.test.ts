import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { ControllerRevision } from '../../../src/api/apps/v1/controller-revision.ts'
import { StatefulSet } from '../../../src/api/apps/v1/stateful-set.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import type { Input } from '../../../src/schema/message.ts'
import { conformance } from '../conformance.ts'
import { apps, imagesOf, isReady, setHealthy, template } from './apps.ts'
import { showCollection, showScale, showStatus } from './subresources.ts'

const OLD = 'registry.k8s.io/e2e-test-images/httpd:2.4.38'
const NEW = 'registry.k8s.io/e2e-test-images/httpd:2.4.39'
const KEY_NAME = 'ss'

function statefulSet(
  namespace: string,
  replicas: number,
  more: Partial<Input<StatefulSet>['spec']> = {},
): Input<StatefulSet> {
  const selector = { matchLabels: { name: KEY_NAME } }
  return {
    metadata: { namespace, name: KEY_NAME },
    spec: {
      replicas,
      selector,
      serviceName: 'test',
      template: template(KEY_NAME, { image: OLD }),
      ...more,
    },
  }
}

describe('StatefulSet', () => {
  const app = apps()
  const read = (namespace: string) => app.client.get(StatefulSet, { namespace, name: KEY_NAME })
  const patch = (namespace: string, spec: object) =>
    app.client.patch(StatefulSet, { namespace, name: KEY_NAME }, 'strategic', { spec })
  const ready = (namespace: string, count: number) =>
    app.cluster.eventually(async () => {
      const pods = await app.pods(namespace)
      assert.equal(pods.length, count)
      assert.ok(pods.every(isReady))
      assert.equal((await read(namespace)).status.readyReplicas ?? 0, count)
      return pods
    })
  const setAllHealthy = async (namespace: string, healthy: boolean): Promise<void> => {
    for (const pod of await app.pods(namespace)) await setHealthy(app, pod, healthy)
  }
  /** Waits for long, and sees that there are as many Pods as before. */
  const staysAt = async (namespace: string, count: number): Promise<void> => {
    await app.cluster.clock.advance('1m')
    assert.equal((await app.pods(namespace)).length, count)
  }
  const setImage = (namespace: string, image: string) =>
    patch(namespace, { template: { spec: { containers: [{ name: 'main', image }] } } })
  const images = async (namespace: string) => imagesOf(await app.pods(namespace))
  const untilImages = async (namespace: string, expected: readonly string[]) => {
    await app.cluster.eventually(async () => {
      const pods = await app.pods(namespace)
      assert.deepEqual(imagesOf(pods), expected)
      assert.ok(pods.every(isReady))
    })
  }

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Scaling should happen in predictable order and halt if any stateful pod is unhealthy [Conformance] [Slow]',
    async () => {
      const namespace = await app.namespace('ordered')
      const { metadata } = await app.client.create(StatefulSet, statefulSet(namespace, 1))
      await ready(namespace, 1)
      await setAllHealthy(namespace, false)
      await patch(namespace, { replicas: 3 })
      await staysAt(namespace, 1)
      await setAllHealthy(namespace, true)
      await ready(namespace, 3)
      await setAllHealthy(namespace, false)
      await patch(namespace, { replicas: 0 })
      await staysAt(namespace, 3)
      await setAllHealthy(namespace, true)
      await app.cluster.eventually(async () => {
        const { items } = await app.client.list(Pod, { namespace })
        assert.deepEqual(items, [])
      })
      const events = await app.history(
        Pod,
        { namespace, resourceVersion: metadata.resourceVersion },
        ({ type, object }) => type === 'DELETED' && object.metadata.name === 'ss-0',
      )
      const namesOf = (wanted: string) =>
        events.filter(({ type }) => type === wanted).map(({ object }) => object.metadata.name)
      assert.deepEqual(namesOf('ADDED'), ['ss-0', 'ss-1', 'ss-2'])
      assert.deepEqual(namesOf('DELETED'), ['ss-2', 'ss-1', 'ss-0'])
    },
  )

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Burst scaling should run to completion even with unhealthy pods [Conformance] [Slow]',
    async () => {
      const namespace = await app.namespace('burst')
      const podManagementPolicy = 'Parallel'
      await app.client.create(StatefulSet, statefulSet(namespace, 1, { podManagementPolicy }))
      await ready(namespace, 1)
      await setAllHealthy(namespace, false)
      await patch(namespace, { replicas: 3 })
      await app.cluster.eventually(async () => (await app.pods(namespace)).length === 3)
      await setAllHealthy(namespace, true)
      await ready(namespace, 3)
      await setAllHealthy(namespace, false)
      await patch(namespace, { replicas: 0 })
      await app.cluster.eventually(async () => (await app.pods(namespace)).length === 0)
      await app.cluster.eventually(async () => (await read(namespace)).status.replicas === 0)
    },
  )

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] Should recreate evicted statefulset [Conformance]',
    async () => {
      const namespace = await app.namespace('evicted')
      await app.client.create(StatefulSet, statefulSet(namespace, 1))
      const [rejected] = await ready(namespace, 1)
      const message = 'Pod was rejected: Predicate NodePorts failed'
      await app.report(rejected!, { phase: 'Failed', reason: 'NodePorts', message })
      await app.cluster.eventually(async () => {
        const [pod] = await app.pods(namespace)
        assert.equal(pod?.metadata.name, 'ss-0')
        assert.notEqual(pod.metadata.uid, rejected!.metadata.uid)
      })
      await ready(namespace, 1)
    },
  )

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should perform rolling updates and roll backs of template modifications [Conformance]',
    async () => {
      const namespace = await app.namespace('rolling')
      await app.client.create(StatefulSet, statefulSet(namespace, 3))
      await ready(namespace, 3)
      const { metadata, status: first } = await read(namespace)
      assert.equal(first.currentRevision, first.updateRevision)

      /** Rolls an image out; answers with the Pods in the order of their replacement. */
      const roll = async (image: string, from: string): Promise<readonly string[]> => {
        await setImage(namespace, image)
        await untilImages(namespace, [image, image, image])
        await app.cluster.eventually(async () => {
          const { status } = await read(namespace)
          assert.equal(status.currentRevision, status.updateRevision)
          assert.equal(status.updatedReplicas, 3)
        })
        const events = await app.history(
          Pod,
          { namespace, resourceVersion: from },
          ({ type, object }) => type === 'ADDED' && object.metadata.name === 'ss-0',
        )
        return events
          .filter(({ type }) => type === 'ADDED')
          .map(({ object }) => object.metadata.name)
      }
      assert.deepEqual(await roll(NEW, metadata.resourceVersion), ['ss-2', 'ss-1', 'ss-0'])
      const { metadata: updated, status: second } = await read(namespace)
      assert.notEqual(second.updateRevision, first.updateRevision)
      assert.deepEqual(await roll(OLD, updated.resourceVersion), ['ss-2', 'ss-1', 'ss-0'])
      assert.equal((await read(namespace)).status.updateRevision, first.updateRevision)
      const revisions = await app.client.list(ControllerRevision, { namespace })
      assert.equal(revisions.items.length, 2)
    },
  )

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should perform canary updates and phased rolling updates of template modifications [Conformance]',
    async () => {
      const namespace = await app.namespace('canary')
      const partitioned = (partition: number) => ({
        updateStrategy: { type: 'RollingUpdate' as const, rollingUpdate: { partition } },
      })
      await app.client.create(StatefulSet, statefulSet(namespace, 3, partitioned(3)))
      await ready(namespace, 3)
      await setImage(namespace, NEW)
      await app.cluster.eventually(async () => {
        const { status } = await read(namespace)
        assert.notEqual(status.updateRevision, status.currentRevision)
      })
      await app.cluster.clock.advance('1m')
      assert.deepEqual(await images(namespace), [OLD, OLD, OLD])

      await patch(namespace, partitioned(2))
      await untilImages(namespace, [OLD, OLD, NEW])
      for (const name of ['ss-0', 'ss-2']) await app.client.delete(Pod, { namespace, name })
      await untilImages(namespace, [OLD, OLD, NEW])

      await patch(namespace, partitioned(1))
      await untilImages(namespace, [OLD, NEW, NEW])
      await patch(namespace, partitioned(0))
      await untilImages(namespace, [NEW, NEW, NEW])
      await app.cluster.eventually(async () => {
        const { status } = await read(namespace)
        assert.equal(status.currentRevision, status.updateRevision)
      })
    },
  )

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should have a working scale subresource [Conformance]',
    async () => {
      const namespace = await app.namespace('scale')
      await app.client.create(StatefulSet, statefulSet(namespace, 1))
      await showScale(app, StatefulSet, { namespace, name: KEY_NAME })
    },
  )

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should list, patch and delete a collection of StatefulSets [Conformance]',
    async () => {
      const namespace = await app.namespace('collection')
      await app.client.create(StatefulSet, statefulSet(namespace, 1))
      await ready(namespace, 1)
      const patched = await app.client.patch(
        StatefulSet,
        { namespace, name: KEY_NAME },
        'strategic',
        { metadata: { labels: { ss: 'patched' } }, spec: { replicas: 2 } },
      )
      assert.equal(patched.metadata.labels?.['ss'], 'patched')
      await ready(namespace, 2)
      await app.client.deleteCollection(StatefulSet, { namespace, labelSelector: 'ss=patched' })
      await app.cluster.eventually(async () => (await app.pods(namespace)).length === 0)
      await showCollection(app, StatefulSet, namespace, [statefulSet(namespace, 1)])
    },
  )

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should validate Statefulset Status endpoints [Conformance]',
    async () => {
      const namespace = await app.namespace('status')
      await app.client.create(StatefulSet, statefulSet(namespace, 1))
      await ready(namespace, 1)
      await showStatus(app, StatefulSet, { namespace, name: KEY_NAME })
    },
  )
})
