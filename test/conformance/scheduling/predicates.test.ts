import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { conformance } from '../conformance.ts'
import { suite } from '../suite.node.ts'
import { offerResource, podAsking, untilPlaced, untilRefused, WHOLE_NODE } from './scheduling.ts'

describe('SchedulerPredicates', () => {
  const running = suite()

  conformance(
    '[sig-scheduling] SchedulerPredicates validates resource limits of pods that are allowed to run [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('limits')
      const nodes = running.cluster.nodeNames
      for (const node of nodes) await offerResource(running, node)
      for (const node of nodes) {
        const name = `filler-${node}`
        await running.rest.post(`${path}/pods`, podAsking({ name, node, amount: WHOLE_NODE - 2 }))
        assert.equal(await untilPlaced(running, `${path}/pods/${name}`), node)
      }
      await running.rest.post(`${path}/pods`, podAsking({ name: 'additional', amount: 3 }))
      const why = await untilRefused(running, `${path}/pods/additional`)
      assert.match(why, /^0\/2 nodes are available: 2 Insufficient scheduling\.k8s\.io\/foo\./)
    },
  )

  conformance(
    '[sig-scheduling] SchedulerPredicates validates that NodeSelector is respected if not matching [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('not-matching')
      const more = { nodeSelector: { label: 'nonempty' } }
      await running.rest.post(`${path}/pods`, podAsking({ name: 'restricted', more }))
      const why = await untilRefused(running, `${path}/pods/restricted`)
      assert.match(why, /^0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity/)
    },
  )

  conformance(
    '[sig-scheduling] SchedulerPredicates validates that NodeSelector is respected if matching [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('matching')
      const [node] = running.cluster.nodeNames
      const labels = { 'kubernetes.io/e2e-scheduling': '42' }
      await running.rest.patch(`/api/v1/nodes/${node}`, { metadata: { labels } })
      const more = { nodeSelector: labels }
      await running.rest.post(`${path}/pods`, podAsking({ name: 'with-labels', more }))
      assert.equal(await untilPlaced(running, `${path}/pods/with-labels`), node)
    },
  )

  conformance(
    '[sig-scheduling] SchedulerPredicates validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP [Conformance] [Serial]',
    async () => {
      const path = await running.namespace('ports')
      const [node] = running.cluster.nodeNames
      const withPort = (name: string, hostIP?: string): object => {
        const port = { hostPort: 54322, containerPort: 8080, protocol: 'TCP' }
        const ports = [{ ...port, ...(hostIP !== undefined && { hostIP }) }]
        const containers = [{ name: 'main', image: 'registry.k8s.io/pause:3.10', ports }]
        return podAsking({ name, ...(node !== undefined && { node }), more: { containers } })
      }
      await running.rest.post(`${path}/pods`, withPort('pod4'))
      assert.equal(await untilPlaced(running, `${path}/pods/pod4`), node)
      await running.rest.post(`${path}/pods`, withPort('pod5', '10.0.0.1'))
      const why = await untilRefused(running, `${path}/pods/pod5`)
      assert.match(why, /1 node\(s\) didn't have free ports for the requested pod ports/)
    },
  )
})
