import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { ControllerRevision } from '../../../src/api/apps/v1/controller-revision.ts'
import { DaemonSet } from '../../../src/api/apps/v1/daemon-set.ts'
import { Node } from '../../../src/api/core/v1/node.ts'
import { Pod } from '../../../src/api/core/v1/pod.ts'
import type { Input } from '../../../src/schema/message.ts'
import { conformance } from '../conformance.ts'
import { apps, imagesOf, isReady, template } from './apps.ts'
import { showCollection, showStatus } from './subresources.ts'

const NAME = 'daemon-set'
const NODES = ['node-1', 'node-2', 'node-3']
const OLD = 'registry.k8s.io/e2e-test-images/httpd:2.4'
const NEW = 'registry.k8s.io/e2e-test-images/agnhost:2.53'
const COLOR = 'daemonset-color'
/** No node has as much, so that the Pods wait as those whose image cannot be had. */
const STUCK = { resources: { requests: { cpu: '100000' } } }

function daemonSet(
  namespace: string,
  spec: Partial<Input<DaemonSet>['spec']> = {},
  name = NAME,
): Input<DaemonSet> {
  const selector = { matchLabels: { name } }
  return {
    metadata: { namespace, name },
    spec: { selector, template: template(name, { image: OLD }), ...spec },
  }
}

describe('DaemonSet', () => {
  const app = apps({ nodes: NODES.length })
  const read = (namespace: string) => app.client.get(DaemonSet, { namespace, name: NAME })
  const patch = (namespace: string, spec: object) =>
    app.client.patch(DaemonSet, { namespace, name: NAME }, 'strategic', { spec })
  const paint = (node: string, color: string | null) =>
    app.client.patch(Node, { name: node }, 'merge', { metadata: { labels: { [COLOR]: color } } })
  const runsOn = (namespace: string, nodes: readonly string[]) =>
    app.cluster.eventually(async () => {
      const pods = await app.pods(namespace)
      assert.ok(pods.every(isReady))
      const homes = pods.map(({ spec }) => spec.nodeName ?? '')
      assert.deepEqual(new Set(homes), new Set(nodes))
      assert.equal(homes.length, nodes.length)
      const { status } = await read(namespace)
      assert.equal(status.numberAvailable ?? 0, nodes.length)
      return pods
    })

  conformance(
    '[sig-apps] Daemon set should run and stop simple daemon [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('simple')
      await app.client.create(DaemonSet, daemonSet(namespace))
      const [pod] = await runsOn(namespace, NODES)
      await app.client.delete(Pod, { namespace, name: pod!.metadata.name })
      const pods = await runsOn(namespace, NODES)
      assert.ok(pods.every(({ metadata }) => metadata.uid !== pod!.metadata.uid))
    },
  )

  conformance(
    '[sig-apps] Daemon set should run and stop complex daemon [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('complex')
      const painted = (color: string) => ({ nodeSelector: { [COLOR]: color } })
      const blue = template(NAME, { spec: painted('blue') })
      await app.client.create(DaemonSet, daemonSet(namespace, { template: blue }))
      await app.cluster.clock.advance('10s')
      await runsOn(namespace, [])
      await paint('node-2', 'blue')
      await runsOn(namespace, ['node-2'])
      await paint('node-2', 'green')
      await runsOn(namespace, [])
      const updateStrategy = { type: 'RollingUpdate' }
      await patch(namespace, { updateStrategy, template: { spec: painted('green') } })
      await runsOn(namespace, ['node-2'])
      await paint('node-2', null)
      await runsOn(namespace, [])
    },
  )

  conformance(
    '[sig-apps] Daemon set should retry creating failed daemon pods [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('failed')
      await app.client.create(DaemonSet, daemonSet(namespace))
      const [failed] = await runsOn(namespace, NODES)
      await app.report(failed!, { phase: 'Failed' })
      await app.cluster.eventually(async () => {
        const uids = (await app.pods(namespace)).map(({ metadata }) => metadata.uid)
        assert.ok(!uids.includes(failed!.metadata.uid))
      })
      await runsOn(namespace, NODES)
    },
  )

  conformance(
    '[sig-apps] Daemon set should update pod when spec was updated and update strategy is RollingUpdate [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('update')
      await app.client.create(DaemonSet, daemonSet(namespace))
      await runsOn(namespace, NODES)
      const hashOf = async () => {
        const { items } = await app.client.list(ControllerRevision, { namespace })
        return items.toSorted((a, b) => b.revision - a.revision)[0]?.metadata.labels?.[
          'controller-revision-hash'
        ]
      }
      const before = await hashOf()
      await patch(namespace, { template: { spec: { containers: [{ name: 'main', image: NEW }] } } })
      await app.cluster.eventually(async () => {
        assert.deepEqual(imagesOf(await app.pods(namespace)), [NEW, NEW, NEW])
      })
      const pods = await runsOn(namespace, NODES)
      const after = await hashOf()
      assert.notEqual(after, before)
      for (const { metadata } of pods)
        assert.equal(metadata.labels?.['controller-revision-hash'], after)
    },
  )

  conformance(
    '[sig-apps] Daemon set should rollback without unnecessary restarts [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('rollback')
      await app.client.create(DaemonSet, daemonSet(namespace))
      const before = await runsOn(namespace, NODES)
      const bad = { name: 'main', image: 'foo:non-existent', ...STUCK }
      await patch(namespace, { template: { spec: { containers: [bad] } } })
      await app.cluster.eventually(async () =>
        imagesOf(await app.pods(namespace)).includes('foo:non-existent'),
      )
      await app.cluster.clock.advance('1m')
      const kept = (await app.pods(namespace)).filter(isReady)
      assert.equal(kept.length, NODES.length - 1)
      const good = { name: 'main', image: OLD, resources: null }
      await patch(namespace, { template: { spec: { containers: [good] } } })
      const after = (await runsOn(namespace, NODES)).map(({ metadata }) => metadata.uid)
      for (const { metadata } of kept) {
        assert.ok(after.includes(metadata.uid))
        assert.ok(before.some((each) => each.metadata.uid === metadata.uid))
      }
    },
  )

  conformance(
    '[sig-apps] Daemon set should list and delete a collection of DaemonSets [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('collection')
      await showCollection(app, DaemonSet, namespace, [daemonSet(namespace)])
      await app.cluster.eventually(async () => (await app.pods(namespace)).length === 0)
    },
  )

  conformance(
    '[sig-apps] Daemon set should verify changes to a daemon set status [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('status')
      await app.client.create(DaemonSet, daemonSet(namespace))
      await runsOn(namespace, NODES)
      await showStatus(app, DaemonSet, { namespace, name: NAME })
    },
  )
})
