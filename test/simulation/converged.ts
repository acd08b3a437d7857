import { strict as assert } from 'node:assert'
import { Job } from '../../src/api/batch/v1/job.ts'
import { DaemonSet } from '../../src/api/apps/v1/daemon-set.ts'
import { Deployment } from '../../src/api/apps/v1/deployment.ts'
import { ReplicaSet } from '../../src/api/apps/v1/replica-set.ts'
import { StatefulSet } from '../../src/api/apps/v1/stateful-set.ts'
import { ConfigMap } from '../../src/api/core/v1/config-map.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import type { Client } from '../../src/client/client.ts'
import type { ResourceClass } from '../../src/schema/resource.ts'
import { FREE, LIMITED } from './workload.ts'
import { QUOTA_PODS } from './invariants.ts'

/** Every acknowledged write is there to be read, until its deletion has been acknowledged. */
export async function assertNothingLost(
  client: Client,
  known: ReadonlyMap<string, string | undefined>,
): Promise<void> {
  const { items } = await client.list(ConfigMap, { namespace: FREE })
  const stored = new Map(items.map(({ metadata, data }) => [metadata.name, data?.['value']]))
  for (const [name, value] of known)
    assert.equal(stored.get(name), value, `the value of ${name}, as it was acknowledged`)
}

/** Everything that is wanted is there, and nothing else. Throws an assertion that names the first that is not so. */
export async function assertConverged(client: Client): Promise<void> {
  const pods = await all(client, Pod)
  for (const { metadata } of pods)
    assert.equal(metadata.deletionTimestamp, undefined, `Pod ${metadata.name} is still going`)
  for (const node of await all(client, Node)) {
    const ready = node.status.conditions?.find(({ type }) => type === 'Ready')
    assert.equal(ready?.status, 'True', `${node.metadata.name} is not ready`)
  }
  await assertDeployments(client)
  await assertStatefulSets(client)
  for (const { metadata, status } of await all(client, DaemonSet)) {
    assert.equal(status.numberReady, status.desiredNumberScheduled, `DaemonSet ${metadata.name}`)
    assert.equal(status.updatedNumberScheduled, status.desiredNumberScheduled, metadata.name)
  }
  for (const { metadata, spec, status } of await all(client, Job)) {
    if (metadata.ownerReferences) continue // A CronJob makes them without end.
    assert.equal(status.succeeded ?? 0, spec.completions, `completions of Job ${metadata.name}`)
  }
  await assertOwnersExist(client, pods)
}

async function assertDeployments(client: Client): Promise<void> {
  for (const { metadata, spec, status } of await all(client, Deployment)) {
    const name = `Deployment ${metadata.namespace}/${metadata.name}`
    assert.equal(metadata.deletionTimestamp, undefined, `${name} is still going`)
    assert.equal(status.observedGeneration, metadata.generation, `${name} is not looked at`)
    if (metadata.namespace === LIMITED) continue // The quota may allow for less.
    assert.equal(status.updatedReplicas ?? 0, spec.replicas, `updated Pods of ${name}`)
    assert.equal(status.availableReplicas ?? 0, spec.replicas, `available Pods of ${name}`)
    assert.equal(status.replicas ?? 0, spec.replicas, `Pods of ${name}`)
  }
  const limited = await client.list(Pod, { namespace: LIMITED })
  const wanted = (await all(client, ReplicaSet))
    .filter(({ metadata }) => metadata.namespace === LIMITED)
    .reduce((sum, { spec }) => sum + spec.replicas, 0)
  assert.equal(limited.items.length, Math.min(QUOTA_PODS, wanted), 'Pods within the quota')
}

async function assertStatefulSets(client: Client): Promise<void> {
  for (const { metadata, spec, status } of await all(client, StatefulSet)) {
    const name = `StatefulSet ${metadata.name}`
    assert.equal(metadata.deletionTimestamp, undefined, `${name} is still going`)
    assert.equal(status.readyReplicas ?? 0, spec.replicas, `ready Pods of ${name}`)
    assert.equal(status.replicas, spec.replicas, `Pods of ${name}`)
    assert.equal(status.currentRevision, status.updateRevision, `revision of ${name}`)
  }
}

async function assertOwnersExist(client: Client, pods: readonly Pod[]): Promise<void> {
  const owners = [
    ...(await all(client, ReplicaSet)),
    ...(await all(client, StatefulSet)),
    ...(await all(client, DaemonSet)),
    ...(await all(client, Job)),
  ]
  const uids = new Set(owners.map(({ metadata }) => metadata.uid))
  for (const { metadata } of pods) {
    const owner = metadata.ownerReferences?.[0]
    assert.ok(!owner || uids.has(owner.uid), `the owner of Pod ${metadata.name} is gone`)
  }
}

async function all<T>(client: Client, type: ResourceClass<T>): Promise<readonly T[]> {
  return (await client.list(type)).items
}
