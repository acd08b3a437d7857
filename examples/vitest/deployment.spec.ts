// Clusters in vitest: `npx vitest run --root examples/vitest`.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Cluster, type ClusterSnapshot } from 'trierarch'
import { Deployment } from 'trierarch/api/apps/v1/deployment.ts'
import { Pod } from 'trierarch/api/core/v1/pod.ts'

const QUOTA = `
apiVersion: v1
kind: ResourceQuota
metadata: { name: small }
spec: { hard: { pods: "3" } }
`
const KEY = { namespace: 'default', name: 'web' }

function deployment(replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx }] }
`
}

// What all tests have in common is made once; each of them starts from a state of its own.
let prepared: ClusterSnapshot

beforeAll(async () => {
  await using cluster = await Cluster.start({ nodes: 2, clock: 'virtual' })
  await cluster.apply(QUOTA)
  prepared = cluster.snapshot()
})
afterAll(() => prepared[Symbol.asyncDispose]())

test('as many Pods run as the quota allows', async () => {
  await using cluster = await prepared.start()
  await cluster.apply(deployment(5))
  await cluster.eventually(async () => {
    const { status } = await cluster.client.get(Deployment, KEY)
    expect(status.availableReplicas).toBe(3)
    const failure = status.conditions?.find(({ type }) => type === 'ReplicaFailure')
    expect(failure?.message).toContain('exceeded quota: small')
  })
})

test('Pods of a lost node run elsewhere, five minutes later', async () => {
  await using cluster = await prepared.start()
  await cluster.apply(deployment(1))
  const running = (): Promise<Pod> =>
    cluster.eventually(async () => {
      const { items } = await cluster.client.list(Pod)
      const found = items.find(({ status }) => status.phase === 'Running')
      expect(found).toBeDefined()
      return found!
    })
  const { spec, metadata } = await running()
  cluster.fail.node(spec.nodeName!)
  await cluster.clock.advance('10m')
  const { items } = await cluster.client.list(Pod)
  const later = items.find(({ metadata: { uid } }) => uid !== metadata.uid)
  expect(later?.status.phase).toBe('Running')
  expect(later?.spec.nodeName).not.toBe(spec.nodeName)
})
