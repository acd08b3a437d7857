import { sleep, timestamp, type Clock } from '../base/clock.ts'
import { findStatusError } from '../apimachinery/status-error.ts'
import { isAlreadyExists } from '../apimachinery/status-predicates.ts'
import { Node } from '../api/core/v1/node.ts'
import { isConditionTrue } from '../api/meta/v1/conditions.ts'
import type { Client } from '../client/client.ts'
import type { Input } from '../schema/message.ts'
import { nodeLabels } from './node-marks.ts'

const RESOURCES = { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '1Ti' }
const PRESSURES = ['MemoryPressure', 'DiskPressure', 'PIDPressure']

const RETRY_MS = 1000

export interface RegisterOptions {
  readonly client: Client
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Makes the Node, or takes over the one that is there, and reports it ready; tries again while the server is not there. */
export async function registerNode(
  options: RegisterOptions,
  name: string,
  address: string,
): Promise<Node> {
  for (;;) {
    try {
      return await register(options, name, address)
    } catch (error) {
      if ((findStatusError(error)?.status.code ?? 0) < 429) throw error
      await sleep(options.clock, RETRY_MS, options)
    }
  }
}

/** Whether a Node says that its kubelet is well. */
export function isReady({ status }: Node): boolean {
  return isConditionTrue(status.conditions, 'Ready')
}

async function register(
  { client, clock }: RegisterOptions,
  name: string,
  address: string,
): Promise<Node> {
  const node = await client
    .create(Node, { metadata: { name, labels: nodeLabels(name) } })
    .catch(async (error: unknown) => {
      if (!isAlreadyExists(error)) throw error
      return client.get(Node, { name })
    })
  const status = nodeStatus(node, address, timestamp(clock))
  return client.patch(Node, { name }, 'merge', { status }, { subresource: 'status' })
}

/** The conditions of a node that is well. */
export function nodeConditions(now: string) {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'simulated node is ready',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  const noPressure = PRESSURES.map((type) => ({
    ...ready,
    type,
    status: 'False',
    reason: `KubeletHasNo${type}`,
    message: 'simulated',
  }))
  return [...noPressure, ready]
}

/** Whoever made the Node may have said how large it is, and what runs on it. */
function nodeStatus(
  { metadata: { name }, status: given }: Node,
  address: string,
  now: string,
): Input<Node>['status'] {
  const isSet = (text: string | undefined): text is string => text !== undefined && text !== ''
  const info = Object.entries(given.nodeInfo ?? {}).filter(([, text]) => isSet(text as string))
  return {
    capacity: given.capacity ?? given.allocatable ?? RESOURCES,
    allocatable: given.allocatable ?? given.capacity ?? RESOURCES,
    addresses: given.addresses ?? [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    conditions: nodeConditions(now),
    nodeInfo: {
      machineID: name,
      systemUUID: name,
      bootID: name,
      kernelVersion: 'simulated',
      osImage: 'simulated',
      containerRuntimeVersion: 'simulated://1',
      kubeletVersion: 'v1.36.0',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
      ...Object.fromEntries(info),
    },
  }
}
