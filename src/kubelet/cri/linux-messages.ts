import {
  bool,
  choice,
  int64,
  integers,
  listOf,
  optional,
  ref,
  string,
  stringMap,
  strings,
  uint32,
  uint64,
} from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

/** A page size such as `2MB`, and how many bytes of such pages may be used. */
export class HugepageLimit extends message({
  pageSize: string(1),
  limit: uint64(2),
}) {}

/** What a container or sandbox may use; 0 or empty leaves the runtime's default. Periods and quotas in microseconds. */
export class LinuxContainerResources extends message({
  cpuPeriod: int64(1),
  cpuQuota: int64(2),
  cpuShares: int64(3),
  memoryLimitInBytes: int64(4),
  oomScoreAdj: int64(5),
  cpusetCpus: string(6),
  cpusetMems: string(7),
  hugepageLimits: listOf(8, HugepageLimit),
  unified: stringMap(9),
  memorySwapLimitInBytes: int64(10),
}) {}

/** `length` ids from `containerId` on are, outside of the user namespace, those from `hostId` on. */
export class IDMapping extends message({
  hostId: uint32(1),
  containerId: uint32(2),
  length: uint32(3),
}) {}

const namespaceMode = (tag: number) => choice(tag, ['POD', 'CONTAINER', 'NODE', 'TARGET'])

export class UserNamespace extends message({
  mode: namespaceMode(1),
  uids: listOf(2, IDMapping),
  gids: listOf(3, IDMapping),
}) {}

/** With whom each namespace is shared. */
export class NamespaceOption extends message({
  network: namespaceMode(1),
  pid: namespaceMode(2),
  ipc: namespaceMode(3),
  /** The container whose processes are seen, where `pid` is TARGET. */
  targetId: string(4),
  usernsOptions: ref(5, UserNamespace),
}) {}

export class SELinuxOption extends message({
  user: string(1),
  role: string(2),
  type: string(3),
  level: string(4),
}) {}

/** A seccomp or AppArmor profile; `localhostRef` names it where the type is Localhost. */
export class SecurityProfile extends message({
  profileType: choice(1, ['RuntimeDefault', 'Unconfined', 'Localhost']),
  localhostRef: string(2),
}) {}

const supplementalGroupsPolicy = (tag: number) => choice(tag, ['Merge', 'Strict'])

export class LinuxSandboxSecurityContext extends message({
  namespaceOptions: ref(1, NamespaceOption),
  selinuxOptions: ref(2, SELinuxOption),
  runAsUser: optional(3, int64),
  readonlyRootfs: bool(4),
  supplementalGroups: integers(5),
  privileged: bool(6),
  runAsGroup: optional(8, int64),
  seccomp: ref(9, SecurityProfile),
  apparmor: ref(10, SecurityProfile),
  supplementalGroupsPolicy: supplementalGroupsPolicy(11),
}) {}

export class LinuxPodSandboxConfig extends message({
  /** The cgroup under which the runtime puts the sandbox and its containers. */
  cgroupParent: string(1),
  securityContext: ref(2, LinuxSandboxSecurityContext),
  sysctls: stringMap(3),
  overhead: ref(4, LinuxContainerResources),
  resources: ref(5, LinuxContainerResources),
}) {}

/** Capabilities without their `CAP_`; `ALL` for every one. */
export class Capability extends message({
  addCapabilities: strings(1),
  dropCapabilities: strings(2),
  addAmbientCapabilities: strings(3),
}) {}

export class LinuxContainerSecurityContext extends message({
  capabilities: ref(1, Capability),
  privileged: bool(2),
  namespaceOptions: ref(3, NamespaceOption),
  selinuxOptions: ref(4, SELinuxOption),
  runAsUser: optional(5, int64),
  runAsUsername: string(6),
  readonlyRootfs: bool(7),
  supplementalGroups: integers(8),
  noNewPrivs: bool(11),
  runAsGroup: optional(12, int64),
  maskedPaths: strings(13),
  readonlyPaths: strings(14),
  seccomp: ref(15, SecurityProfile),
  apparmor: ref(16, SecurityProfile),
  supplementalGroupsPolicy: supplementalGroupsPolicy(17),
}) {}

export class LinuxContainerConfig extends message({
  resources: ref(1, LinuxContainerResources),
  securityContext: ref(2, LinuxContainerSecurityContext),
}) {}

/** Who a container's first process really runs as. */
export class LinuxContainerUser extends message({
  uid: int64(1),
  gid: int64(2),
  supplementalGroups: integers(3),
}) {}
