import { LinuxPodSandboxConfig, NamespaceOption } from './linux-messages.ts'
import {
  bool,
  choice,
  int32,
  listOf,
  nanoseconds,
  optional,
  ref,
  string,
  stringMap,
  strings,
  uint32,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

/** Which Pod a sandbox is for; `attempt` counts the sandboxes that this Pod has had. */
export class PodSandboxMetadata extends message({
  name: string(1),
  uid: string(2),
  namespace: string(3),
  attempt: uint32(4),
}) {}

/** What goes into the containers' /etc/resolv.conf. */
export class DNSConfig extends message({
  servers: strings(1),
  searches: strings(2),
  options: strings(3),
}) {}

export class PortMapping extends message({
  protocol: choice(1, ['TCP', 'UDP', 'SCTP']),
  containerPort: int32(2),
  hostPort: int32(3),
  hostIp: string(4),
}) {}

export class PodSandboxConfig extends message({
  metadata: ref(1, PodSandboxMetadata),
  hostname: string(2),
  /** The directory on the node that each container's `logPath` is relative to. */
  logDirectory: string(3),
  dnsConfig: ref(4, DNSConfig),
  portMappings: listOf(5, PortMapping),
  labels: stringMap(6),
  annotations: stringMap(7),
  linux: ref(8, LinuxPodSandboxConfig),
}) {}

export class RunPodSandboxRequest extends message({
  config: ref(1, PodSandboxConfig),
  runtimeHandler: string(2),
}) {}

/** Names a sandbox, in requests and in responses. */
export class PodSandboxId extends message({ podSandboxId: string(1) }) {}

export class PodSandboxStatusRequest extends message({
  podSandboxId: string(1),
  verbose: bool(2),
}) {}

export class PodIP extends message({ ip: string(1) }) {}

/** The primary address, empty on the node's own network, and those of the other family. */
export class PodSandboxNetworkStatus extends message({
  ip: string(1),
  additionalIps: listOf(2, PodIP),
}) {}

export class Namespace extends message({ options: ref(2, NamespaceOption) }) {}

export class LinuxPodSandboxStatus extends message({ namespaces: ref(1, Namespace) }) {}

const sandboxState = (tag: number) => choice(tag, ['SANDBOX_READY', 'SANDBOX_NOTREADY'])

export class PodSandboxStatus extends message({
  id: string(1),
  metadata: ref(2, PodSandboxMetadata),
  state: sandboxState(3),
  createdAt: nanoseconds(4),
  network: ref(5, PodSandboxNetworkStatus),
  linux: ref(6, LinuxPodSandboxStatus),
  labels: stringMap(7),
  annotations: stringMap(8),
  runtimeHandler: string(9),
}) {}

export class PodSandboxStatusResponse extends message({
  status: ref(1, PodSandboxStatus),
  /** Only in a verbose answer: JSON by topic, as the runtime likes. */
  info: stringMap(2),
}) {}

/** All that is given must match. */
export class PodSandboxFilter extends message({
  id: string(1),
  state: optional(2, sandboxState),
  labelSelector: stringMap(3),
}) {}

export class ListPodSandboxRequest extends message({ filter: ref(1, PodSandboxFilter) }) {}

export class PodSandbox extends message({
  id: string(1),
  metadata: ref(2, PodSandboxMetadata),
  state: sandboxState(3),
  createdAt: nanoseconds(4),
  labels: stringMap(5),
  annotations: stringMap(6),
  runtimeHandler: string(7),
}) {}

export class ListPodSandboxResponse extends message({ items: listOf(1, PodSandbox) }) {}
