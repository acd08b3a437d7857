import { sleep, timestamp, microTimestamp, type Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { randomInt, type Random } from '../base/random.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../apimachinery/status-predicates.ts'
import { Lease } from '../api/coordination/v1/lease.ts'
import { Node } from '../api/core/v1/node.ts'
import { Pod } from '../api/core/v1/pod.ts'
import type { Client } from '../client/client.ts'
import type { SharedInformers } from '../client/shared-informers.ts'
import type { Input } from '../schema/message.ts'
import { FAST_STAGES, type PodStage } from './pod-stages.ts'

export interface SimulatedNodesOptions {
  readonly client: Client
  readonly informers: SharedInformers
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly count: number
  readonly stages?: readonly PodStage[]
}

const LEASE_NAMESPACE = 'kube-node-lease'
const LEASE_SECONDS = 40
const RENEW_MS = 10_000
const SIMULATED = 'trierarch.io/simulated'
const RESOURCES = { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '1Ti' }

/**
 * Nodes without a machine: they register, keep their lease, and let the Pods that are bound to them live the life that
 * the stages describe. What they do, they do through the API alone, as a kubelet would.
 */
export async function startSimulatedNodes(
  options: SimulatedNodesOptions,
): Promise<AsyncDisposable> {
  const { client, clock, informers, random, logger, count } = options
  const abort = new AbortController()
  const names = Array.from({ length: count }, (_, i) => `node-${i + 1}`)
  await Promise.all(names.map((name, i) => register(client, clock, name, addressOf(i))))

  const nodes = new Map(names.map((name, i) => [name, { index: i, nextPod: 2 }]))
  const stages = options.stages ?? FAST_STAGES
  const waiting = new Map<string, Disposable>()

  const settle = (pod: Pod): void => {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    waiting.get(key)?.[Symbol.dispose]()
    waiting.delete(key)
    const node = nodes.get(pod.spec.nodeName ?? '')
    const stage = node && stages.find((each) => each.selects(pod))
    if (!stage) return
    const take = (): void => {
      waiting.delete(key)
      const podAddress = `10.${128 + (node.index >> 8)}.${node.index & 255}.${(node.nextPod++ % 250) + 2}`
      takeStage(client, pod, stage, {
        nodeAddress: addressOf(node.index),
        podAddress,
        now: timestamp(clock),
      }).catch((error: unknown) => {
        // The Pod changed or went meanwhile; the event that says so settles it again.
        if (!isConflict(error) && !isNotFound(error))
          logger.error('a simulated Pod is stuck', { pod: key, error: String(error) })
      })
    }
    const delayMs = stage.delayMs + randomInt(random, stage.jitterMs + 1)
    if (delayMs === 0) take()
    else waiting.set(key, clock.after(delayMs, take))
  }
  const forget = (pod: Pod): void => {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    waiting.get(key)?.[Symbol.dispose]()
    waiting.delete(key)
  }
  const subscription = informers
    .informer(Pod)
    .subscribe({ add: settle, update: settle, delete: forget })
  const renewing = renewLeases(options, names, abort.signal)

  return {
    async [Symbol.asyncDispose]() {
      abort.abort()
      subscription[Symbol.dispose]()
      for (const timer of waiting.values()) timer[Symbol.dispose]()
      await renewing
    },
  }
}

async function takeStage(
  client: Client,
  pod: Pod,
  stage: PodStage,
  context: Parameters<PodStage['next']>[1],
): Promise<void> {
  const next = stage.next(pod, context)
  if (next === 'remove') {
    await client.delete(Pod, pod.metadata, {
      gracePeriodSeconds: 0,
      preconditions: { uid: pod.metadata.uid },
    })
  } else {
    await client.updateStatus(Pod, { ...pod, status: next })
  }
}

async function register(
  client: Client,
  clock: Clock,
  name: string,
  address: string,
): Promise<void> {
  const now = timestamp(clock)
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    [SIMULATED]: 'true',
  }
  const node: Input<Node> = { metadata: { name, labels } }
  await client.create(Node, node).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'simulated node is ready',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  const fine = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    ...ready,
    type,
    status: 'False',
    reason: `Kubelet${type}None`,
    message: 'simulated',
  }))
  await client.patch(
    Node,
    { name },
    'merge',
    {
      status: {
        capacity: RESOURCES,
        allocatable: RESOURCES,
        addresses: [
          { type: 'InternalIP', address },
          { type: 'Hostname', address: name },
        ],
        conditions: [...fine, ready],
        nodeInfo: {
          architecture: 'amd64',
          operatingSystem: 'linux',
          kubeletVersion: 'v1.36.0',
          osImage: 'simulated',
          containerRuntimeVersion: 'simulated://1',
        },
      },
    },
    { subresource: 'status' },
  )
}

/** All leases are renewed together: one timer, however many nodes. */
async function renewLeases(
  { client, clock, logger }: SimulatedNodesOptions,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const renewTime = microTimestamp(clock)
    await Promise.all(
      names.map((name) =>
        renewLease(client, name, renewTime).catch((error: unknown) =>
          logger.warn('cannot renew the lease of a simulated node', {
            node: name,
            error: String(error),
          }),
        ),
      ),
    )
    await sleep(clock, RENEW_MS, { signal }).catch(() => undefined) // Aborted: the loop ends.
  }
}

async function renewLease(client: Client, name: string, renewTime: string): Promise<void> {
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime }
  try {
    await client.patch(Lease, { namespace: LEASE_NAMESPACE, name }, 'merge', { spec })
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(Lease, { metadata: { namespace: LEASE_NAMESPACE, name }, spec })
  }
}

function addressOf(index: number): string {
  const number = index + 1
  return `10.127.${number >> 8}.${number & 255}`
}
