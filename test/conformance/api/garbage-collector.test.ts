import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { pod, replicated, replicationController } from '../objects.ts'
import type { Wire } from '../rest.node.ts'
import { suite } from '../suite.node.ts'

interface Owner {
  readonly name: string
  readonly uid: string
}

describe('the garbage collector', () => {
  const api = suite()

  const items = async (path: string): Promise<readonly Wire[]> =>
    (await api.rest.get(path)).items ?? []
  const remove = (path: string, propagationPolicy: string): Promise<Wire> =>
    api.rest.delete(path, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy })
  const gone = (path: string): Promise<boolean> =>
    api.cluster.eventually(async () => (await api.rest.call('GET', path)).status === 404)

  /** A controller whose Pods are all there. */
  async function controller(namespace: string, replicas: number): Promise<string> {
    const path = await api.namespace(namespace)
    await api.rest.post(
      `${path}/replicationcontrollers`,
      replicationController('simpletest.rc', replicas),
    )
    await api.cluster.eventually(async () => (await items(`${path}/pods`)).length === replicas)
    return path
  }

  conformance(
    '[sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning [Conformance]',
    async () => {
      const path = await controller('gc-pods', 2)
      await remove(`${path}/replicationcontrollers/simpletest.rc`, 'Background')
      await gone(`${path}/replicationcontrollers/simpletest.rc`)
      await api.cluster.eventually(async () => (await items(`${path}/pods`)).length === 0)
    },
  )

  conformance(
    '[sig-api-machinery] Garbage collector should orphan pods created by rc if delete options say so [Conformance] [Serial]',
    async () => {
      const path = await controller('gc-orphans', 10)
      await remove(`${path}/replicationcontrollers/simpletest.rc`, 'Orphan')
      await gone(`${path}/replicationcontrollers/simpletest.rc`)
      const pods = await items(`${path}/pods`)
      assert.equal(pods.length, 10)
      for (const { metadata } of pods) {
        assert.equal(metadata.deletionTimestamp, undefined)
        assert.equal('ownerReferences' in metadata, false)
      }
    },
  )

  const deployment = async (
    namespace: string,
  ): Promise<{ path: string; pods: string; deployments: string }> => {
    const pods = `${await api.namespace(namespace)}/pods`
    const path = `/apis/apps/v1/namespaces/${namespace}`
    await api.rest.post(`${path}/deployments`, replicated('simpletest', 2))
    await api.cluster.eventually(async () => (await items(pods)).length === 2)
    assert.equal((await items(`${path}/replicasets`)).length, 1)
    return { path, pods, deployments: `${path}/deployments/simpletest` }
  }

  conformance(
    '[sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning [Conformance]',
    async () => {
      const { path, pods, deployments } = await deployment('gc-deployment')
      await remove(deployments, 'Background')
      await api.cluster.eventually(async () => (await items(`${path}/replicasets`)).length === 0)
      await api.cluster.eventually(async () => (await items(pods)).length === 0)
    },
  )

  conformance(
    '[sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan [Conformance]',
    async () => {
      const { path, pods, deployments } = await deployment('gc-deployment-orphan')
      await remove(deployments, 'Orphan')
      await gone(deployments)
      const [replicaSet, ...others] = await items(`${path}/replicasets`)
      assert.deepEqual(others, [])
      assert.equal('ownerReferences' in replicaSet!.metadata, false)
      assert.equal((await items(pods)).length, 2)
    },
  )

  conformance(
    '[sig-api-machinery] Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so [Conformance] [Serial]',
    async () => {
      const path = await controller('gc-foreground', 10)
      const rc = `${path}/replicationcontrollers/simpletest.rc`
      const [{ metadata }] = [await api.rest.get(rc)]
      const from = `resourceVersion=${metadata.resourceVersion}&watch=true`
      using pods = await api.rest.watch(`${path}/pods?${from}`)
      using controllers = await api.rest.watch(`${path}/replicationcontrollers?${from}`)
      const deleted = await remove(rc, 'Foreground')
      assert.deepEqual(deleted.metadata.finalizers, ['foregroundDeletion'])
      const versions: number[] = []
      while (versions.length < 10) {
        const { type, object } = await pods.next()
        if (type === 'DELETED') versions.push(Number(object.metadata.resourceVersion))
      }
      let last = await controllers.next()
      while (last.type !== 'DELETED') last = await controllers.next()
      assert.ok(Number(last.object.metadata.resourceVersion) > Math.max(...versions))
    },
  )

  conformance(
    "[sig-api-machinery] Garbage collector should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted [Conformance] [Serial]",
    async () => {
      const path = await controller('gc-two-owners', 10)
      const staying = replicationController('simpletest-rc-to-stay', 0)
      const { metadata } = await api.rest.post(`${path}/replicationcontrollers`, staying)
      const pods = await items(`${path}/pods`)
      const shared = pods.slice(0, 5).map((each) => each.metadata.name)
      for (const name of shared)
        await own(`${path}/pods/${name}`, 'ReplicationController', metadata)
      await remove(`${path}/replicationcontrollers/simpletest.rc`, 'Foreground')
      await gone(`${path}/replicationcontrollers/simpletest.rc`)
      const left = await items(`${path}/pods`)
      const alive = left.filter((each) => each.metadata.deletionTimestamp === undefined)
      assert.deepEqual(alive.map((each) => each.metadata.name).toSorted(), shared.toSorted())
    },
  )

  conformance(
    '[sig-api-machinery] Garbage collector should not be blocked by dependency circle [Conformance]',
    async () => {
      const pods = `${await api.namespace('gc-circle')}/pods`
      const names = ['pod1', 'pod2', 'pod3']
      const created: Wire[] = []
      for (const name of names) created.push(await api.rest.post(pods, pod(name)))
      const owners = [created[2]!, created[0]!, created[1]!]
      for (const [at, name] of names.entries())
        await own(`${pods}/${name}`, 'Pod', owners[at]!.metadata)
      await remove(`${pods}/pod1`, 'Foreground')
      await api.cluster.eventually(async () => (await items(pods)).length === 0)
    },
  )

  /** Makes another object an owner too. */
  function own(path: string, kind: string, { name, uid }: Owner): Promise<Wire> {
    const owner = { apiVersion: 'v1', kind, name, uid }
    const patch = { metadata: { ownerReferences: [owner] } }
    return api.rest.patch(path, patch, 'application/strategic-merge-patch+json')
  }
})
