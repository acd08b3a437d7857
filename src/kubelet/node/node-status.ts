import type { NodeCondition, NodeStatus } from '../../api/core/v1/node.ts'
import type { DeviceResources } from '../devices/device-inventory.ts'
import type { Pressure } from '../eviction/signals.ts'
import type { Machine } from './machine.ts'
import type { Reservations } from './reservations.ts'

/** What the status of a Node is made from. */
export interface NodeFacts {
  readonly name: string
  readonly addresses: readonly string[]
  readonly kubeletPort: number
  readonly kubeletVersion: string
  readonly containerRuntimeVersion: string
  readonly machine: Machine
  /** What runs out. */
  readonly pressures: readonly Pressure[]
  /** Why the node cannot run Pods; empty where it can. */
  readonly problems: readonly string[]
  readonly handlers: NonNullable<NodeStatus['runtimeHandlers']>
  /** Images on the node, for the scheduler to prefer it. */
  readonly images: NonNullable<NodeStatus['images']>
  readonly podsMax: number
  readonly reserved: Reservations
  /** Of device plugins. */
  readonly devices: DeviceResources
}

/** What the node has for Pods, and what of that they can be promised. */
export function nodeResources({
  machine,
  podsMax,
  reserved,
  devices,
}: Pick<NodeFacts, 'machine' | 'podsMax' | 'reserved' | 'devices'>): Required<
  Pick<NodeStatus, 'capacity' | 'allocatable'>
> {
  const { cpus, memoryBytes, diskBytes, hugepages } = machine
  const huge = Object.values(hugepages).reduce((sum, bytes) => sum + bytes, 0)
  const fixed = {
    ...Object.fromEntries(Object.entries(hugepages).map(([name, n]) => [name, String(n)])),
    pods: String(podsMax),
  }
  return {
    capacity: {
      ...devices.capacity,
      ...fixed,
      cpu: String(cpus),
      memory: kib(memoryBytes),
      'ephemeral-storage': kib(diskBytes),
    },
    allocatable: {
      ...devices.allocatable,
      ...fixed,
      cpu: cores(Math.max(0, cpus * 1000 - reserved.cpuMilli)),
      memory: kib(Math.max(0, memoryBytes - huge - reserved.memoryBytes)),
      'ephemeral-storage': String(Math.floor(Math.max(0, diskBytes - reserved.diskBytes))),
    },
  }
}

function cores(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}

function kib(bytes: number): string {
  return `${Math.floor(bytes / 1024)}Ki`
}

/** The status of a Node. Transition times are kept from `before` where a condition's status is the same. */
export function nodeStatus(
  facts: NodeFacts,
  before: Pick<NodeStatus, 'conditions'>,
  now: string,
): NodeStatus {
  const { machine, name, addresses, kubeletPort, kubeletVersion, containerRuntimeVersion } = facts
  const { machineID, systemUUID, bootID, kernelVersion, osImage } = machine
  return {
    ...nodeResources(facts),
    conditions: conditions(facts, before, now),
    addresses: [
      ...addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    nodeInfo: {
      machineID,
      systemUUID,
      bootID,
      kernelVersion,
      osImage,
      containerRuntimeVersion,
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: machine.operatingSystem,
      architecture: machine.architecture,
      ...(machine.swapBytes > 0 && { swap: { capacity: machine.swapBytes } }),
    },
    ...(facts.images.length > 0 && { images: facts.images }),
    ...(facts.handlers.length > 0 && { runtimeHandlers: facts.handlers }),
  }
}

type Verdict = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>

function conditions(
  { pressures, problems }: NodeFacts,
  before: Pick<NodeStatus, 'conditions'>,
  now: string,
): readonly NodeCondition[] {
  const has = (type: Pressure): boolean => pressures.includes(type)
  const verdicts: Verdict[] = [
    pressure(
      'MemoryPressure',
      has('MemoryPressure'),
      'InsufficientMemory',
      'SufficientMemory',
      'memory',
    ),
    pressure('DiskPressure', has('DiskPressure'), 'DiskPressure', 'NoDiskPressure', 'disk'),
    pressure('PIDPressure', has('PIDPressure'), 'InsufficientPID', 'SufficientPID', 'PID'),
    problems.length === 0
      ? {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        }
      : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: joined(problems) },
  ]
  return verdicts.map((verdict) => {
    const old = before.conditions?.find(({ type }) => type === verdict.type)
    const kept = old?.status === verdict.status ? old.lastTransitionTime : undefined
    return { ...verdict, lastHeartbeatTime: now, lastTransitionTime: kept ?? now }
  })
}

function pressure(type: string, has: boolean, yes: string, no: string, what: string): Verdict {
  const [reason, state] = has
    ? [
        `KubeletHas${yes}`,
        type === 'DiskPressure' ? 'has disk pressure' : `has insufficient ${what} available`,
      ]
    : [
        `KubeletHas${no}`,
        type === 'DiskPressure' ? 'has no disk pressure' : `has sufficient ${what} available`,
      ]
  return { type, status: has ? 'True' : 'False', reason, message: `kubelet ${state}` }
}

function joined(problems: readonly string[]): string {
  return problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`
}
