import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Deployment } from '../../../src/api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../../src/api/apps/v1/replica-set.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import { controllerOf } from '../../../src/apimachinery/owner-references.ts'
import type { Input } from '../../../src/schema/message.ts'
import { conformance } from '../conformance.ts'
import { apps, HELD, imagesOf, isReady, template } from './apps.ts'
import { showScale, showStatus } from './subresources.ts'

const NAME = 'test-deployment'
const IMAGES = { old: 'registry.k8s.io/e2e-test-images/httpd:2.4', bad: 'webserver:404' }
const REVISION = 'deployment.kubernetes.io/revision'

function deployment(
  namespace: string,
  spec: Partial<Input<Deployment>['spec']>,
): Input<Deployment> {
  const selector = { matchLabels: { name: NAME } }
  return {
    metadata: { namespace, name: NAME, labels: { e2e: namespace } },
    spec: { selector, template: template(NAME), ...spec },
  }
}

/** A ReplicaSet whose Pods a Deployment of the same name takes over. */
function olderReplicaSet(namespace: string, annotations = {}): Input<ReplicaSet> {
  const selector = { matchLabels: { name: NAME, version: 'older' } }
  const older = template(NAME, { image: IMAGES.old })
  return {
    metadata: { namespace, name: 'older', labels: selector.matchLabels, annotations },
    spec: {
      replicas: 1,
      selector,
      template: { ...older, metadata: { labels: selector.matchLabels } },
    },
  }
}

describe('Deployment', () => {
  const app = apps()
  const read = (namespace: string) => app.client.get(Deployment, { namespace, name: NAME })
  const patch = (namespace: string, spec: object) =>
    app.client.patch(Deployment, { namespace, name: NAME }, 'strategic', { spec })
  const setsOf = async (namespace: string) => {
    const { items } = await app.client.list(ReplicaSet, { namespace })
    return items
  }
  const complete = (namespace: string) =>
    app.cluster.eventually(async () => {
      const { metadata, spec, status } = await read(namespace)
      assert.equal(status.observedGeneration, metadata.generation)
      assert.equal(status.updatedReplicas, spec.replicas)
      assert.equal(status.replicas, spec.replicas)
      assert.equal(status.availableReplicas, spec.replicas)
      return { metadata, spec, status }
    })
  const startOlder = async (namespace: string, annotations = {}): Promise<void> => {
    await app.client.create(ReplicaSet, olderReplicaSet(namespace, annotations))
    await app.cluster.eventually(async () => (await app.pods(namespace)).some(isReady))
  }

  conformance(
    '[sig-apps] Deployment RecreateDeployment should delete old pods and create new ones [Conformance]',
    async () => {
      const namespace = await app.namespace('recreate')
      const strategy = { type: 'Recreate' as const }
      const old = template(NAME, { image: IMAGES.old })
      await app.client.create(Deployment, deployment(namespace, { strategy, template: old }))
      const { metadata } = await complete(namespace)
      await patch(namespace, { template: template(NAME) })
      await complete(namespace)
      const [pod] = await app.pods(namespace)
      const events = await app.history(
        Pod,
        { namespace, resourceVersion: metadata.resourceVersion },
        ({ object }) => object.metadata.uid === pod!.metadata.uid && isReady(object),
      )
      const types = events.map(({ type }) => type)
      assert.ok(types.indexOf('DELETED') < types.indexOf('ADDED'), types.join())
      assert.ok(types.includes('DELETED'))
    },
  )

  conformance(
    '[sig-apps] Deployment RollingUpdateDeployment should delete old pods and create new ones [Conformance]',
    async () => {
      const namespace = await app.namespace('rolling-update')
      await startOlder(namespace, { [REVISION]: '3546343826724305832' })
      await app.client.create(Deployment, deployment(namespace, { replicas: 1 }))
      const { metadata } = await complete(namespace)
      assert.equal(metadata.annotations?.[REVISION], '3546343826724305833')
      await app.cluster.eventually(async () => {
        const sets = await setsOf(namespace)
        const older = sets.find((each) => each.metadata.name === 'older')!
        assert.equal(sets.length, 2)
        assert.equal(older.status.replicas, 0)
        assert.ok(sets.every((each) => controllerOf(each)?.uid === metadata.uid))
        assert.equal((await app.pods(namespace)).length, 1)
      })
    },
  )

  conformance(
    '[sig-apps] Deployment deployment should delete old replica sets [Conformance]',
    async () => {
      const namespace = await app.namespace('cleanup')
      await startOlder(namespace)
      const spec = { replicas: 1, revisionHistoryLimit: 0 }
      await app.client.create(Deployment, deployment(namespace, spec))
      await complete(namespace)
      await app.cluster.eventually(async () => {
        const names = (await setsOf(namespace)).map(({ metadata }) => metadata.name)
        assert.equal(names.length, 1)
        assert.notEqual(names[0], 'older')
      })
    },
  )

  conformance(
    '[sig-apps] Deployment deployment should support rollover [Conformance]',
    async () => {
      const namespace = await app.namespace('rollover')
      await startOlder(namespace)
      const bad = template(NAME, { image: IMAGES.bad, spec: HELD })
      const rollingUpdate = { maxUnavailable: 0, maxSurge: 1 }
      const spec = {
        replicas: 1,
        minReadySeconds: 10,
        strategy: { type: 'RollingUpdate' as const, rollingUpdate },
        template: bad,
      }
      await app.client.create(Deployment, deployment(namespace, spec))
      await app.cluster.eventually(async () =>
        imagesOf(await app.pods(namespace)).includes(IMAGES.bad),
      )
      // The first is not rolled out yet when the second comes.
      await patch(namespace, { template: template(NAME, { spec: { nodeSelector: null } }) })
      await complete(namespace)
      await app.cluster.eventually(async () => {
        const sets = await setsOf(namespace)
        const [current, ...others] = sets.filter(({ status }) => status.replicas > 0)
        assert.deepEqual([sets.length, others.length], [3, 0])
        assert.notDeepEqual(imagesOf(await app.pods(namespace)), [IMAGES.bad])
        assert.equal(current!.status.availableReplicas, 1)
      })
    },
  )

  conformance(
    '[sig-apps] Deployment deployment should support proportional scaling [Conformance]',
    async () => {
      const namespace = await app.namespace('proportional')
      const rollingUpdate = { maxSurge: 3, maxUnavailable: 2 }
      const strategy = { type: 'RollingUpdate' as const, rollingUpdate }
      await app.client.create(Deployment, deployment(namespace, { replicas: 10, strategy }))
      await complete(namespace)
      const [first] = await setsOf(namespace)
      const sizes = async (): Promise<readonly (number | undefined)[]> => {
        const sets = await setsOf(namespace)
        const old = sets.find(({ metadata }) => metadata.uid === first!.metadata.uid)
        const current = sets.find(({ metadata }) => metadata.uid !== first!.metadata.uid)
        return [old?.spec.replicas, current?.spec.replicas]
      }
      await patch(namespace, { template: template(NAME, { image: IMAGES.bad, spec: HELD }) })
      await app.cluster.eventually(async () => {
        assert.deepEqual(await sizes(), [8, 5])
        const { status } = await read(namespace)
        assert.equal(status.availableReplicas, 8)
      })
      await patch(namespace, { replicas: 30 })
      await app.cluster.eventually(async () => {
        assert.deepEqual(await sizes(), [20, 13])
      })
    },
  )

  conformance(
    '[sig-apps] Deployment should run the lifecycle of a Deployment [Conformance]',
    async () => {
      const namespace = await app.namespace('lifecycle')
      const key = { namespace, name: NAME }
      const labelSelector = `e2e=${namespace}`
      await app.client.create(Deployment, deployment(namespace, { replicas: 1 }))
      await complete(namespace)
      const containers = [{ name: 'main', image: IMAGES.old }]
      const patched = await app.client.patch(Deployment, key, 'strategic', {
        metadata: { labels: { 'test-deployment': 'patched' } },
        spec: { replicas: 2, template: { spec: { containers } } },
      })
      assert.equal(patched.metadata.labels?.['test-deployment'], 'patched')
      await complete(namespace)
      assert.deepEqual(imagesOf(await app.pods(namespace)), [IMAGES.old, IMAGES.old])
      const listed = await app.client.list(Deployment, { labelSelector })
      assert.equal(listed.items.length, 1)

      const zero = { status: { readyReplicas: 0, availableReplicas: 0 } }
      await app.client.patch(Deployment, key, 'merge', zero, { subresource: 'status' })
      await app.cluster.eventually(async () => {
        const { status } = await app.client.getSubresource<Deployment, Deployment>(
          Deployment,
          key,
          'status',
        )
        assert.equal(status.readyReplicas, 2)
      })
      await app.cluster.eventually(async () => {
        const fresh = await read(namespace)
        const labels = { ...fresh.metadata.labels, 'test-deployment': 'updated' }
        await app.client.update(Deployment, { ...fresh, metadata: { ...fresh.metadata, labels } })
      })
      await complete(namespace)
      await app.client.deleteCollection(Deployment, { namespace, labelSelector })
      await app.cluster.eventually(async () => {
        assert.deepEqual((await app.client.list(Deployment, { namespace })).items, [])
        assert.deepEqual(await app.pods(namespace), [])
      })
    },
  )

  conformance(
    '[sig-apps] Deployment should validate Deployment Status endpoints [Conformance]',
    async () => {
      const namespace = await app.namespace('status')
      await app.client.create(Deployment, deployment(namespace, { replicas: 1 }))
      await complete(namespace)
      await showStatus(app, Deployment, { namespace, name: NAME })
    },
  )

  conformance(
    '[sig-apps] Deployment Deployment should have a working scale subresource [Conformance]',
    async () => {
      const namespace = await app.namespace('scale')
      await app.client.create(Deployment, deployment(namespace, { replicas: 1 }))
      await showScale(app, Deployment, { namespace, name: NAME })
    },
  )
})
