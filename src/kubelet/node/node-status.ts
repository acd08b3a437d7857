import type { NodeCondition, NodeStatus } from '../../api/core/v1/node.ts'
import type { Machine, MachineUse } from './machine.ts'

const PODS_MAX = 110
const MEMORY_RESERVED_BYTES = 100 * 2 ** 20 // Below this there is pressure, so Pods are not promised it either.
const DISK_FREE_SHARE_MIN = 0.1
const INODES_FREE_SHARE_MIN = 0.05
const PROCESSES_FREE_SHARE_MIN = 0.05

/** What the status of a Node is made from. */
export interface NodeFacts {
  readonly name: string
  readonly addresses: readonly string[]
  readonly kubeletPort: number
  readonly kubeletVersion: string
  readonly containerRuntimeVersion: string
  readonly machine: Machine
  readonly use: MachineUse
  /** Why the node cannot run Pods; empty where it can. */
  readonly problems: readonly string[]
  readonly handlers: NonNullable<NodeStatus['runtimeHandlers']>
  /** Images on the node, for the scheduler to prefer it. */
  readonly images: NonNullable<NodeStatus['images']>
  readonly podsMax?: number
}

/** What the node has for Pods, and what of that they can be promised. */
export function nodeResources(
  machine: Machine,
  podsMax = PODS_MAX,
): Required<Pick<NodeStatus, 'capacity' | 'allocatable'>> {
  const { cpus, memoryBytes, diskBytes, hugepages } = machine
  const reserved = Object.values(hugepages).reduce((sum, bytes) => sum + bytes, 0)
  const fixed = {
    ...Object.fromEntries(Object.entries(hugepages).map(([name, n]) => [name, String(n)])),
    cpu: String(cpus),
    pods: String(podsMax),
  }
  return {
    capacity: {
      ...fixed,
      memory: kib(memoryBytes),
      'ephemeral-storage': kib(diskBytes),
    },
    allocatable: {
      ...fixed,
      memory: kib(Math.max(0, memoryBytes - reserved - MEMORY_RESERVED_BYTES)),
      'ephemeral-storage': String(Math.floor(diskBytes * (1 - DISK_FREE_SHARE_MIN))),
    },
  }
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
    ...nodeResources(machine, facts.podsMax),
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
  { use, problems }: NodeFacts,
  before: Pick<NodeStatus, 'conditions'>,
  now: string,
): readonly NodeCondition[] {
  const memory = use.memoryAvailableBytes < MEMORY_RESERVED_BYTES
  const disk =
    use.diskAvailableBytes < use.diskBytes * DISK_FREE_SHARE_MIN ||
    (use.inodes > 0 && use.inodesFree < use.inodes * INODES_FREE_SHARE_MIN)
  const processes = use.processes > use.processesMax * (1 - PROCESSES_FREE_SHARE_MIN)
  const verdicts: Verdict[] = [
    pressure('MemoryPressure', memory, 'InsufficientMemory', 'SufficientMemory', 'memory'),
    pressure('DiskPressure', disk, 'DiskPressure', 'NoDiskPressure', 'disk'),
    pressure('PIDPressure', processes, 'InsufficientPID', 'SufficientPID', 'PID'),
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
