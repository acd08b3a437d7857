import assert from 'node:assert/strict'
import { before, describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'
import { nodeOf, offerResource, podAsking, untilPlaced, WHOLE_NODE } from './scheduling.ts'

const CLASSES = { low: 1, medium: 100, high: 1000, p1: 1, p2: 2, p3: 3, p4: 4 }
const PRIORITIES = '/apis/scheduling.k8s.io/v1/priorityclasses'

describe('SchedulerPreemption', () => {
  const running = suite()
  before(async () => {
    for (const node of running.cluster.nodeNames) await offerResource(running, node)
    for (const [name, value] of Object.entries(CLASSES))
      await running.rest.post(PRIORITIES, { metadata: { name }, value })
  })

  /** Fills each node with a Pod, the first with one that matters less than the others. */
  async function fillNodes(path: string, more: object = {}): Promise<readonly string[]> {
    const nodes = running.cluster.nodeNames
    for (const [i, node] of nodes.entries()) {
      const priorityClassName = i === 0 ? 'low' : 'medium'
      const shape = { name: `pod${i}`, node, amount: WHOLE_NODE - 1, priorityClassName }
      await running.rest.post(`${path}/pods`, podAsking(i === 0 ? { ...shape, more } : shape))
      await untilPlaced(running, `${path}/pods/pod${i}`)
    }
    return nodes
  }

  /** Has a Pod come that needs a whole node, and sees the least important one give way. */
  async function preempts(path: string, newcomer: object, newcomerPath: string): Promise<void> {
    const [first] = await fillNodes(path)
    await running.rest.post(newcomerPath.slice(0, newcomerPath.lastIndexOf('/')), newcomer)
    assert.equal(await untilPlaced(running, newcomerPath), first)
    assert.equal((await running.rest.call('GET', `${path}/pods/pod0`)).status, 404)
    await running.rest.get(`${path}/pods/pod1`)
  }

  conformance(
    '[sig-scheduling] SchedulerPreemption validates basic preemption works [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('basic')
      const shape = { name: 'preemptor', amount: WHOLE_NODE - 1, priorityClassName: 'high' }
      await preempts(path, podAsking(shape), `${path}/pods/preemptor`)
      await running.rest.delete(`${path}/pods`)
    },
  )

  conformance(
    '[sig-scheduling] SchedulerPreemption validates lower priority pod preemption by critical pod [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('critical')
      const priorityClassName = 'system-cluster-critical'
      const shape = { name: 'critical-pod', amount: WHOLE_NODE - 1, priorityClassName }
      const at = '/api/v1/namespaces/kube-system/pods/critical-pod'
      await preempts(path, podAsking(shape), at)
      await running.rest.delete(at)
      await running.rest.delete(`${path}/pods`)
    },
  )

  conformance(
    '[sig-scheduling] SchedulerPreemption validates pod disruption condition is added to the preempted pod [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('condition')
      const [node] = running.cluster.nodeNames
      const at = `${path}/pods/victim`
      const amount = WHOLE_NODE - 1
      const on = node === undefined ? {} : { node }
      await running.rest.post(
        `${path}/pods`,
        podAsking({ name: 'victim', ...on, amount, priorityClassName: 'low' }),
      )
      await untilPlaced(running, at)
      await running.rest.patch(at, { metadata: { finalizers: ['example.com/test-finalizer'] } })
      await running.rest.post(
        `${path}/pods`,
        podAsking({ name: 'preemptor-pod', ...on, amount, priorityClassName: 'high' }),
      )
      const condition = await running.cluster.eventually(async () => {
        const { conditions = [] } = (await running.rest.get(at))['status'] as {
          conditions?: readonly { type: string; status: string; reason: string }[]
        }
        return conditions.find(({ type }) => type === 'DisruptionTarget') ?? false
      })
      assert.deepEqual([condition.status, condition.reason], ['True', 'PreemptionByScheduler'])
      await running.rest.patch(at, { metadata: { finalizers: null } })
      await running.rest.delete(`${path}/pods`)
    },
  )

  conformance(
    '[sig-scheduling] SchedulerPreemption PreemptionExecutionPath runs ReplicaSets to verify preemption running path [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('path')
      const [node] = running.cluster.nodeNames
      const apps = path.replace('/api/v1', '/apis/apps/v1')
      // One Pod of each unit: three sets fill the node, and the fourth pushes out the two least important.
      const sets = [
        { name: 'p1', replicas: 1, amount: 1 },
        { name: 'p2', replicas: 1, amount: 1 },
        { name: 'p3', replicas: 2, amount: 1 },
        { name: 'p4', replicas: 1, amount: 3 },
      ]
      const placed = async (name: string): Promise<number> => {
        const { items = [] } = await running.rest.get(`${path}/pods?labelSelector=name%3D${name}`)
        return items.filter((pod) => nodeOf(pod) === node && !pod.metadata.deletionTimestamp).length
      }
      for (const { name, replicas, amount } of sets) {
        const on = node === undefined ? {} : { node }
        const template = podAsking({ name, ...on, amount, priorityClassName: name })
        const labels = { name }
        await running.rest.post(`${apps}/replicasets`, {
          metadata: { name },
          spec: {
            replicas,
            selector: { matchLabels: labels },
            template: { ...template, metadata: { labels } },
          },
        })
        await running.cluster.eventually(async () => (await placed(name)) === replicas)
      }
      await running.cluster.eventually(async () => {
        const counts = await Promise.all(sets.map(({ name }) => placed(name)))
        assert.deepEqual(counts, [0, 0, 2, 1])
        return true
      })
      await running.rest.delete(`${apps}/replicasets`)
    },
  )

  conformance(
    '[sig-scheduling] SchedulerPreemption PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods [Conformance] [Serial]',
    async () => {
      const { items = [] } = await running.rest.get(PRIORITIES)
      assert.ok(['p1', 'p2'].every((name) => items.some(({ metadata }) => metadata.name === name)))
      const p1 = `${PRIORITIES}/p1`
      const refused = await running.rest.call('PATCH', p1, {
        body: { value: 77 },
        headers: { 'content-type': 'application/merge-patch+json' },
      })
      assert.equal(refused.status, 422)
      const patched = await running.rest.patch(p1, { description: 'patched' })
      assert.equal(patched['description'], 'patched')
      const current = await running.rest.get(p1)
      assert.equal(current['value'], CLASSES.p1)
      const put = await running.rest.call('PUT', p1, { body: { ...current, value: 77 } })
      assert.equal(put.status, 422)
      const updated = await running.rest.put(p1, { ...current, description: 'updated' })
      assert.equal(updated['description'], 'updated')
    },
  )
})
