import { Taint } from '../../api/core/v1/toleration.ts'
import {
  bool,
  duration,
  int32,
  int64,
  json,
  listOf,
  mapOf,
  ref,
  string,
} from '../../schema/field.ts'
import { message } from './group.ts'

/** What is said of settings that change nothing here. */
export const KNOWN = 'Known for the sake of files that have it.'

class X509 extends message('Which client certificates are believed.', {
  clientCAFile: string(1, KNOWN),
}) {}

class Webhook extends message('Whether the API server is asked.', {
  enabled: bool(1, KNOWN).pointer().default(true),
  cacheTTL: duration(2, 'How long its answers are kept.').default('2m0s'),
}) {}

class Anonymous extends message('Whether those who show nothing are let in.', {
  enabled: bool(1, KNOWN).pointer().default(false),
}) {}

class Authentication extends message('How those who ask the node are known.', {
  x509: ref(X509, 1, 'By client certificates.'),
  webhook: ref(Webhook, 2, 'By tokens that the API server knows.'),
  anonymous: ref(Anonymous, 3, 'Without any.'),
}) {}

class WebhookAuthorization extends message('How long answers of the API server are kept.', {
  cacheAuthorizedTTL: duration(1, 'Those that allow.').default('5m0s'),
  cacheUnauthorizedTTL: duration(2, 'Those that do not.').default('30s'),
}) {}

class Authorization extends message('Who may ask the node for what.', {
  mode: string(1, KNOWN).default('Webhook'),
  webhook: ref(WebhookAuthorization, 2, 'How long its answers are kept.'),
}) {}

class MemoryReservation extends message('Memory of one NUMA node that Pods do not get.', {
  numaNode: int32(1, 'Number of the node.').written(),
  limits: mapOf('quantity', 2, 'How much.'),
}) {}

class ShutdownGracePeriodByPodPriority extends message('How long Pods have when the node stops.', {
  priority: int32(1, 'The least priority of Pods that this is for.').written(),
  shutdownGracePeriodSeconds: int64(2, 'How long they have.').written(),
}) {}

class CrashLoopBackOff extends message('How long crashed containers wait.', {
  maxContainerRestartPeriod: duration(1, 'At most this long; 1s to 300s.').pointer(),
}) {}

class MemorySwap extends message('Whether containers may swap.', {
  swapBehavior: string(
    1,
    'NoSwap, or LimitedSwap: Burstable ones, by what they ask for (cgroup v2).',
  ),
}) {}

class UserNamespaces extends message('How Pods get users of their own.', {
  idsPerPod: int64(1, 'How many; a multiple of 65536.').pointer(),
}) {}

const signals = (tag: number, doc: string) => mapOf('string', tag, doc)

/** The configuration file of the node agent, `kubelet.config.k8s.io/v1beta1`, with upstream's defaults. */
export class KubeletConfiguration extends message('How the node agent works.', {
  apiVersion: string(1, 'kubelet.config.k8s.io/v1beta1').required(),
  kind: string(2, 'KubeletConfiguration').required(),
  enableServer: bool(3, KNOWN).pointer().default(true),
  staticPodPath: string(4, 'A file or directory of Pods that run whatever the API server says.'),
  podLogsDir: string(5, KNOWN),
  syncFrequency: duration(6, KNOWN).default('1m0s'),
  fileCheckFrequency: duration(7, KNOWN).default('20s'),
  httpCheckFrequency: duration(8, KNOWN).default('20s'),
  staticPodURL: string(9, KNOWN),
  staticPodURLHeader: mapOf('stringList', 10, KNOWN),
  address: string(11, KNOWN).default('0.0.0.0'),
  port: int32(12, KNOWN).default(10_250),
  readOnlyPort: int32(13, KNOWN),
  tlsCertFile: string(14, KNOWN),
  tlsPrivateKeyFile: string(15, KNOWN),
  tlsCipherSuites: listOf('string', 16, KNOWN),
  tlsMinVersion: string(17, KNOWN),
  rotateCertificates: bool(18, KNOWN),
  serverTLSBootstrap: bool(19, KNOWN),
  authentication: ref(Authentication, 20, 'How those who ask the node are known.'),
  authorization: ref(Authorization, 21, 'Who may ask the node for what.'),
  registryPullQPS: int32(22, KNOWN).pointer().default(5),
  registryBurst: int32(23, KNOWN).default(10),
  imagePullCredentialsVerificationPolicy: string(
    24,
    'Which images Pods must show credentials for that are on the node already.',
  ).default('NeverVerifyPreloadedImages'),
  preloadedImagesVerificationAllowlist: listOf(
    'string',
    25,
    'Those that need none, by NeverVerifyAllowlistedImages.',
  ),
  eventRecordQPS: int32(26, KNOWN).pointer().default(50),
  eventBurst: int32(27, KNOWN).default(100),
  enableDebuggingHandlers: bool(28, KNOWN).pointer().default(true),
  enableContentionProfiling: bool(29, KNOWN),
  healthzPort: int32(30, KNOWN).pointer().default(10_248),
  healthzBindAddress: string(31, KNOWN).default('127.0.0.1'),
  oomScoreAdj: int32(32, KNOWN).pointer().default(-999),
  clusterDomain: string(33, "The domain of Services' names; the cluster's own where empty."),
  clusterDNS: listOf('string', 34, "Whom Pods ask for names; the cluster's own DNS where empty."),
  streamingConnectionIdleTimeout: duration(35, KNOWN).default('4h0m0s'),
  nodeStatusUpdateFrequency: duration(36, 'How often the node looks at itself.').default('10s'),
  nodeStatusReportFrequency: duration(37, 'How often it tells, where nothing has changed.').default(
    '5m0s',
  ),
  nodeLeaseDurationSeconds: int32(38, 'How long the node counts as alive.').default(40),
  imageMinimumGCAge: duration(39, 'Unused images younger than this stay.').default('2m0s'),
  imageMaximumGCAge: duration(40, 'Images unused for longer go; 0s: none for that.').default('0s'),
  imageGCHighThresholdPercent: int32(41, 'How full the disk is when unused images go.')
    .pointer()
    .default(85),
  imageGCLowThresholdPercent: int32(42, 'How full it may be afterwards.').pointer().default(80),
  volumeStatsAggPeriod: duration(43, 'How long measured volumes count.').default('1m0s'),
  kubeletCgroups: string(44, KNOWN),
  systemCgroups: string(45, KNOWN),
  cgroupRoot: string(46, KNOWN),
  cgroupsPerQOS: bool(47, KNOWN).pointer().default(true),
  cgroupDriver: string(48, KNOWN).default('cgroupfs'),
  cpuManagerPolicy: string(
    49,
    'Whether containers get CPUs for themselves: none or static.',
  ).default('none'),
  singleProcessOOMKill: bool(50, KNOWN).pointer(),
  cpuManagerPolicyOptions: mapOf(
    'string',
    51,
    'full-pcpus-only: whole cores or none; strict-cpu-reservation: nobody runs on reserved ones; distribute-cpus-across-numa: as many from each node; prefer-align-cpus-by-uncorecache: few last level caches.',
  ),
  cpuManagerReconcilePeriod: duration(52, KNOWN).default('10s'),
  memoryManagerPolicy: string(
    53,
    'Whether containers get memory of NUMA nodes: None or Static.',
  ).default('None'),
  topologyManagerPolicy: string(
    54,
    'Whether what containers have for themselves lies near: none, best-effort, restricted or single-numa-node.',
  ).default('none'),
  topologyManagerScope: string(55, 'Near for each container, or for the pod.').default('container'),
  topologyManagerPolicyOptions: mapOf(
    'string',
    56,
    'prefer-closest-numa-nodes: by distance; max-allowable-numa-nodes: 8 or more.',
  ),
  qosReserved: mapOf('string', 57, KNOWN),
  runtimeRequestTimeout: duration(58, KNOWN).default('2m0s'),
  hairpinMode: string(59, KNOWN).default('promiscuous-bridge'),
  maxPods: int32(60, 'How many Pods at most.').default(110),
  podCIDR: string(61, KNOWN),
  podPidsLimit: int64(62, 'How many processes a Pod may have; -1: any.').pointer().default(-1),
  resolvConf: string(63, KNOWN).pointer(),
  runOnce: bool(64, KNOWN),
  cpuCFSQuota: bool(65, KNOWN).pointer().default(true),
  cpuCFSQuotaPeriod: duration(66, KNOWN).default('100ms'),
  nodeStatusMaxImages: int32(67, 'How many images the Node lists; -1: all.').pointer().default(50),
  maxOpenFiles: int64(68, KNOWN).default(1_000_000),
  contentType: string(69, KNOWN).default('application/vnd.kubernetes.protobuf'),
  kubeAPIQPS: int32(70, KNOWN).pointer().default(50),
  kubeAPIBurst: int32(71, KNOWN).default(100),
  serializeImagePulls: bool(72, 'Whether images are pulled one after the other.').pointer(),
  maxParallelImagePulls: int32(73, 'How many at once, where not one after the other.').pointer(),
  evictionHard: signals(74, 'What there is at least, else Pods go at once.'),
  evictionSoft: signals(75, 'What there is at least, else Pods go after a while.'),
  evictionSoftGracePeriod: signals(76, 'After which while.'),
  evictionPressureTransitionPeriod: duration(77, 'How long pressure is told after it.').default(
    '5m0s',
  ),
  evictionMaxPodGracePeriod: int32(78, 'How long Pods have that go after a while, in seconds.'),
  evictionMinimumReclaim: signals(79, 'How much more than the least is made free.'),
  mergeDefaultEvictionSettings: bool(
    80,
    'Signals that are not named keep their default.',
  ).pointer(),
  podsPerCore: int32(81, 'How many Pods for each CPU; 0: any.'),
  enableControllerAttachDetach: bool(82, KNOWN).pointer().default(true),
  protectKernelDefaults: bool(83, KNOWN),
  makeIPTablesUtilChains: bool(84, KNOWN).pointer().default(true),
  iptablesMasqueradeBit: int32(85, KNOWN).pointer(),
  iptablesDropBit: int32(86, KNOWN).pointer(),
  featureGates: json(87, KNOWN),
  failSwapOn: bool(88, KNOWN).pointer(),
  memorySwap: ref(MemorySwap, 89, 'Whether containers may swap.'),
  containerLogMaxSize: string(90, 'How large a log may be before it is rotated.').default('10Mi'),
  containerLogMaxFiles: int32(91, 'How many files of a log are kept, the current one included.')
    .pointer()
    .default(5),
  containerLogMaxWorkers: int32(92, KNOWN).pointer().default(1),
  containerLogMonitorInterval: duration(93, 'How often logs are looked at.').default('10s'),
  configMapAndSecretChangeDetectionStrategy: string(94, KNOWN).default('Watch'),
  systemReserved: mapOf('quantity', 95, "What the machine's own programs keep from Pods."),
  kubeReserved: mapOf('quantity', 96, 'What this agent and the runtime keep from Pods.'),
  reservedSystemCPUs: string(97, 'CPUs that no container has for itself, such as 0-1.'),
  showHiddenMetricsForVersion: string(98, KNOWN),
  systemReservedCgroup: string(99, KNOWN),
  kubeReservedCgroup: string(100, KNOWN),
  enforceNodeAllocatable: listOf('string', 101, KNOWN),
  allowedUnsafeSysctls: listOf(
    'string',
    102,
    'Sysctls that Pods may have beside the safe ones; a * at the end stands for all that begin so.',
  ),
  volumePluginDir: string(103, KNOWN),
  providerID: string(104, KNOWN),
  kernelMemcgNotification: bool(105, KNOWN),
  logging: json(106, KNOWN),
  enableSystemLogHandler: bool(107, KNOWN).pointer().default(true),
  enableSystemLogQuery: bool(108, KNOWN).pointer(),
  shutdownGracePeriod: duration(109, 'How long a node that stops waits for its Pods.').default(
    '0s',
  ),
  shutdownGracePeriodCriticalPods: duration(110, 'How much of that is for critical ones.').default(
    '0s',
  ),
  shutdownGracePeriodByPodPriority: listOf(
    ShutdownGracePeriodByPodPriority,
    111,
    'How long, by priority.',
  ),
  crashLoopBackOff: ref(CrashLoopBackOff, 112, 'How long crashed containers wait.'),
  reservedMemory: listOf(MemoryReservation, 113, 'What of NUMA nodes Pods do not get.'),
  enableProfilingHandler: bool(114, KNOWN).pointer().default(true),
  enableDebugFlagsHandler: bool(115, KNOWN).pointer().default(true),
  seccompDefault: bool(116, 'Containers that say nothing get the seccomp profile of the runtime.')
    .pointer()
    .default(false),
  memoryThrottlingFactor: json(117, KNOWN),
  registerWithTaints: listOf(Taint, 118, 'Taints of a Node that is registered.'),
  registerNode: bool(119, KNOWN).pointer().default(true),
  tracing: json(120, KNOWN),
  localStorageCapacityIsolation: bool(121, KNOWN).pointer().default(true),
  containerRuntimeEndpoint: string(122, KNOWN),
  imageServiceEndpoint: string(123, KNOWN),
  failCgroupV1: bool(124, KNOWN).pointer(),
  userNamespaces: ref(UserNamespaces, 125, KNOWN),
}) {}
