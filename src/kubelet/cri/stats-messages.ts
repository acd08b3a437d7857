import { ContainerMetadata } from './container-messages.ts'
import { FilesystemUsage } from './image-messages.ts'
import {
  double,
  listOf,
  nanoseconds,
  optional,
  ref,
  string,
  stringMap,
  uint64,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'
import { PodSandboxMetadata } from './sandbox-messages.ts'

/** Pressure stall information: how long tasks waited, in nanoseconds, and percentages over 10, 60 and 300 seconds. */
export class PsiData extends message({
  total: uint64(1),
  avg10: double(2),
  avg60: double(3),
  avg300: double(4),
}) {}

export class PsiStats extends message({
  full: ref(1, PsiData),
  some: ref(2, PsiData),
}) {}

export class CpuUsage extends message({
  timestamp: nanoseconds(1),
  /** CPU nanoseconds since the start, over all cores. */
  usageCoreNanoSeconds: optional(2, uint64),
  usageNanoCores: optional(3, uint64),
  psi: ref(4, PsiStats),
}) {}

export class MemoryUsage extends message({
  timestamp: nanoseconds(1),
  workingSetBytes: optional(2, uint64),
  /** The limit less the working set. */
  availableBytes: optional(3, uint64),
  usageBytes: optional(4, uint64),
  rssBytes: optional(5, uint64),
  pageFaults: optional(6, uint64),
  majorPageFaults: optional(7, uint64),
  psi: ref(8, PsiStats),
}) {}

export class SwapUsage extends message({
  timestamp: nanoseconds(1),
  swapAvailableBytes: optional(2, uint64),
  swapUsageBytes: optional(3, uint64),
}) {}

export class IoUsage extends message({
  timestamp: nanoseconds(1),
  psi: ref(2, PsiStats),
}) {}

export class ContainerAttributes extends message({
  id: string(1),
  metadata: ref(2, ContainerMetadata),
  labels: stringMap(3),
  annotations: stringMap(4),
}) {}

export class ContainerStats extends message({
  attributes: ref(1, ContainerAttributes),
  cpu: ref(2, CpuUsage),
  memory: ref(3, MemoryUsage),
  writableLayer: ref(4, FilesystemUsage),
  swap: ref(5, SwapUsage),
  io: ref(6, IoUsage),
}) {}

export class ContainerStatsResponse extends message({ stats: ref(1, ContainerStats) }) {}

/** All that is given must match. */
export class ContainerStatsFilter extends message({
  id: string(1),
  podSandboxId: string(2),
  labelSelector: stringMap(3),
}) {}

export class ListContainerStatsRequest extends message({ filter: ref(1, ContainerStatsFilter) }) {}

export class ListContainerStatsResponse extends message({ stats: listOf(1, ContainerStats) }) {}

export class NetworkInterfaceUsage extends message({
  name: string(1),
  rxBytes: optional(2, uint64),
  rxErrors: optional(3, uint64),
  txBytes: optional(4, uint64),
  txErrors: optional(5, uint64),
}) {}

export class NetworkUsage extends message({
  timestamp: nanoseconds(1),
  defaultInterface: ref(2, NetworkInterfaceUsage),
  interfaces: listOf(3, NetworkInterfaceUsage),
}) {}

export class ProcessUsage extends message({
  timestamp: nanoseconds(1),
  processCount: optional(2, uint64),
}) {}

export class LinuxPodSandboxStats extends message({
  cpu: ref(1, CpuUsage),
  memory: ref(2, MemoryUsage),
  network: ref(3, NetworkUsage),
  process: ref(4, ProcessUsage),
  containers: listOf(5, ContainerStats),
  io: ref(6, IoUsage),
}) {}

export class PodSandboxAttributes extends message({
  id: string(1),
  metadata: ref(2, PodSandboxMetadata),
  labels: stringMap(3),
  annotations: stringMap(4),
}) {}

export class PodSandboxStats extends message({
  attributes: ref(1, PodSandboxAttributes),
  linux: ref(2, LinuxPodSandboxStats),
}) {}

export class PodSandboxStatsResponse extends message({ stats: ref(1, PodSandboxStats) }) {}

/** All that is given must match. */
export class PodSandboxStatsFilter extends message({
  id: string(1),
  labelSelector: stringMap(2),
}) {}

export class ListPodSandboxStatsRequest extends message({
  filter: ref(1, PodSandboxStatsFilter),
}) {}

export class ListPodSandboxStatsResponse extends message({ stats: listOf(1, PodSandboxStats) }) {}
