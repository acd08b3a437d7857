import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { ControllerRevision } from '../../../src/api/apps/v1/controller-revision.ts'
import { DaemonSet } from '../../../src/api/apps/v1/daemon-set.ts'
import { conformance } from '../conformance.ts'
import { apps, template } from './apps.ts'

describe('ControllerRevision', () => {
  const app = apps({ nodes: 1 })

  conformance(
    '[sig-apps] ControllerRevision should manage the lifecycle of a ControllerRevision [Conformance] [Serial]',
    async () => {
      const namespace = await app.namespace('revisions')
      const name = 'daemon-set'
      const labelSelector = `name=${name}`
      const list = async () => {
        const { items } = await app.client.list(ControllerRevision, { namespace, labelSelector })
        return items
      }
      const until = (count: number) =>
        app.cluster.eventually(async () => {
          const revisions = await list()
          assert.equal(revisions.length, count)
          return revisions
        })
      const selector = { matchLabels: { name } }
      const spec = { selector, template: template(name) }
      await app.client.create(DaemonSet, { metadata: { namespace, name }, spec })
      const [first] = await until(1)
      const key = { namespace, name: first!.metadata.name }
      assert.deepEqual(await app.client.get(ControllerRevision, key), first)

      const metadata = { labels: { [key.name]: 'patched' } }
      const patched = await app.client.patch(ControllerRevision, key, 'merge', { metadata })
      assert.equal(patched.metadata.labels?.[key.name], 'patched')
      assert.equal(patched.revision, 1)

      const { apiVersion, kind, data } = patched
      const { labels = {}, ownerReferences = [] } = patched.metadata
      const created = await app.client.create(ControllerRevision, {
        apiVersion,
        kind,
        metadata: { namespace, name: 'created', labels, ownerReferences },
        ...(data !== undefined && { data }),
        revision: 2,
      })
      await until(2)
      await app.client.delete(ControllerRevision, { namespace, name: created.metadata.name })
      await until(1)

      const fresh = await app.client.get(ControllerRevision, key)
      const updated = await app.client.update(ControllerRevision, {
        ...fresh,
        metadata: { ...fresh.metadata, labels: { ...fresh.metadata.labels, updated: 'true' } },
        revision: 2,
      })
      assert.deepEqual([updated.revision, updated.metadata.labels?.['updated']], [2, 'true'])

      const terminationGracePeriodSeconds = 1
      const body = { spec: { template: { spec: { terminationGracePeriodSeconds } } } }
      await app.client.patch(DaemonSet, { namespace, name }, 'strategic', body)
      const revisions = await until(2)
      assert.equal(Math.max(...revisions.map(({ revision }) => revision)), 3)
      await app.client.deleteCollection(ControllerRevision, {
        namespace,
        labelSelector: 'updated=true',
      })
      const [last] = await until(1)
      assert.equal(last!.revision, 3)
    },
  )
})
