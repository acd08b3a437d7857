import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Node, type NodeStatus } from '../api/core/v1/node.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { Secret } from '../api/core/v1/secret.ts'
import { Service } from '../api/core/v1/service.ts'
import { RuntimeClass } from '../api/node/v1/runtime-class.ts'
import { CONTROLLER_MANAGED } from '../api/storage/v1/csi-attachment.ts'
import { isNotFound } from '../apimachinery/status-predicates.ts'
import type { Client } from '../client/client.ts'
import { parseDuration } from '../apimachinery/durations.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { coalesced } from '../base/coalesced.ts'
import { findHierarchies } from './cgroups/hierarchies.node.ts'
import { podCgroups } from './cgroups/pod-cgroups.node.ts'
import type { KubeletConfiguration } from './config/kubelet-configuration.ts'
import type { References } from './containers/environment.ts'
import { DEFAULT_CONFIGURATION } from './config/parse-kubelet-configuration.ts'
import { idleSettings } from './config/settings.ts'
import { runtimeEvents } from './cri/runtime-events.ts'
import { startCpus } from './cpus/start-cpus.node.ts'
import { startDevices } from './devices/device-plugins.node.ts'
import { housekeeping } from './housekeeping.node.ts'
import type { KubeletOptions } from './kubelet-options.ts'
import { kubeletMetrics } from './metrics/kubelet-metrics.ts'
import { measuredRuntime } from './metrics/measured-runtime.ts'
import { probeMetrics } from './metrics/probe-metrics.ts'
import { startMemory } from './memory/start-memory.node.ts'
import { addCertificateMetrics, addVolumeMetrics } from './metrics/volume-metrics.ts'
import { hasAppArmor, readMachine } from './node/machine.node.ts'
import type { Machine } from './node/machine.ts'
import { nodeImages } from './node/node-images.ts'
import { networkState } from './node/network-state.ts'
import { renewNodeLease } from './node/node-lease.ts'
import { nodeResources } from './node/node-status.ts'
import { nodeWorker } from './node/node-worker.ts'
import { reservationsOf } from './node/reservations.ts'
import { runtimeState } from './node/runtime-state.ts'
import { podFiles } from './pod-files.node.ts'
import { podProbes } from './probes/probe-manager.ts'
import { probers } from './probes/probers.node.ts'
import { servePodResources } from './pod-resources/serve-pod-resources.node.ts'
import { pressureRefusal } from './eviction/pressure-refusal.ts'
import { appArmorRefusal } from './pod-workers/app-armor.ts'
import { sysctlRefusal } from './pod-workers/sysctls.ts'
import { exclusiveRefusal, refusal, resizeRefusal } from './pod-workers/admit-pod.ts'
import { startPodWorkers, type PodWorkers } from './pod-workers/pod-workers.ts'
import type { WorkerContext } from './pod-workers/worker-context.ts'
import { shutDown } from './shutdown/shut-down.ts'
import { checkpointContainer } from './server/checkpoint.node.ts'
import type { ServedNode } from './server/served-node.ts'
import { startMirrorPods, type MirrorPods } from './static-pods/mirror-pods.ts'
import type { PodSource } from './static-pods/pod-source.ts'
import { staticPodFiles } from './static-pods/static-pod-files.node.ts'
import { fullName, isMirrorPod } from './static-pods/static-pod.ts'
import { openUserNamespaces } from './user-namespaces/open-user-namespaces.node.ts'
import { nodeStatsReader } from './stats/node-stats.node.ts'
import { configuredTopology } from './topology/configured-topology.ts'
import { readNumaNodes } from './topology/numa.node.ts'

const VERSION = 'v1.36.0'
const NO_DRA: WorkerContext['dra'] = {
  prepare: async () => undefined,
  cdiDevices: () => [],
  holders: () => [],
  release: async () => undefined,
}
const STOPPING = {
  reason: 'NodeShutdown',
  message: 'Pod was rejected as the node is shutting down.',
}

/** The node agent. Disposing it leaves the containers running; the next one takes them over. */
export interface Kubelet extends ServedNode, AsyncDisposable {
  /** Resolves once the node was reported ready. */
  readonly ready: Promise<void>
  /** The machine stops: ends the Pods in the time that the configuration gives them, and takes no more. */
  shutDown(): Promise<void>
  /** The machine does not stop after all: takes Pods again. */
  stay(): void
}

/** Registers the node and looks after its Pods, until disposed. Works on while the API server is away. */
export async function startKubelet(given: KubeletOptions): Promise<Kubelet> {
  const { configuration = DEFAULT_CONFIGURATION, nodeName } = given
  let workers: PodWorkers | undefined
  const knownPods = () => workers?.list() ?? []
  const metrics = kubeletMetrics(nodeName, knownPods, given.metrics)
  const probed = probeMetrics()
  const runtime = measuredRuntime(given.runtime, metrics, given.clock)
  const options = { ...given, runtime }
  const { client, clock, informers, logger, dataDir, connection } = options
  await mkdir(dataDir, { recursive: true })
  const idle = idleSettings(configuration)
  if (idle.length > 0) logger.warn('Settings of the node agent without effect', { settings: idle })
  const machine = await readMachine(dataDir)
  const enforcesAppArmor = await hasAppArmor()
  const addresses = [options.nodeAddress].flat()
  const { cgroupRoot = '/kubepods' } = options
  const abort = new AbortController()
  const { signal } = abort

  const nodes = informers.informer(Node, { fieldSelector: `metadata.name=${nodeName}` })
  const pods = informers.informer(Pod, { fieldSelector: `spec.nodeName=${nodeName}` })
  const reserved = reservationsOf(configuration, machine)
  const podsMax = podsMaxOf(configuration, machine.cpus)
  const files = podFiles(dataDir)
  const stats = nodeStatsReader({
    ...options,
    cgroupRoot,
    machine,
    pods: knownPods,
    logDirectory: (pod) => files.logDirectory(pod),
    volumesMs: parseDuration(configuration.volumeStatsAggPeriod),
  })
  addVolumeMetrics(metrics.set, () => stats.claimedVolumes())
  addCertificateMetrics(metrics.set, () => options.volumes.certificates())
  const keeping = housekeeping({
    ...options,
    configuration,
    metrics,
    stats,
    workers: () => workers,
    node: () => nodes.cache.get({ name: nodeName }),
    changed: () => node.touch(),
  })
  let isStopping = false
  const statics = await staticPods(configuration, options)
  const network = networkState(options, nodes, () => node.touch())
  const cri = await runtimeState(runtime, clock)
  let images: NonNullable<NodeStatus['images']> = []
  const node = nodeWorker({
    client,
    clock,
    logger,
    informer: nodes,
    nodeName,
    labels: {
      'kubernetes.io/hostname': nodeName,
      'kubernetes.io/os': machine.operatingSystem,
      'kubernetes.io/arch': machine.architecture,
      'beta.kubernetes.io/os': machine.operatingSystem,
      'beta.kubernetes.io/arch': machine.architecture,
      ...options.nodeLabels,
    },
    annotations: { [CONTROLLER_MANAGED]: 'true', ...options.nodeAnnotations },
    taints: configuration.registerWithTaints ?? [],
    checkMs: parseDuration(configuration.nodeStatusUpdateFrequency),
    reportMs: parseDuration(configuration.nodeStatusReportFrequency),
    prepare: (found) => network.prepare(found),
    facts: async () => {
      const { answers, problems } = await cri.look()
      // A runtime that does not answer has the images that it had.
      if (answers)
        images = await nodeImages(options.images, configuration.nodeStatusMaxImages).catch(
          () => images,
        )
      return {
        name: nodeName,
        addresses,
        kubeletPort: options.kubeletPort,
        kubeletVersion: options.version ?? VERSION,
        containerRuntimeVersion: cri.version,
        machine,
        pressures: keeping.eviction.pressures(),
        problems: [
          ...problems,
          ...network.problems(),
          ...(isStopping ? ['node is shutting down'] : []),
        ],
        handlers: cri.handlers,
        images,
        podsMax,
        reserved,
        devices: devices.inventory.resources(),
      }
    },
  })
  const services = informers.informer(Service)
  const numaNodes = await readNumaNodes(machine)
  const devices = await startDevices({
    directory: join(dataDir, 'device-plugins'),
    numaNodes: numaNodes.map(({ id }) => id),
    clock,
    logger,
    changed: () => node.touch(),
  })
  const share = coalesced(() => shareCpus())
  const cpus = await startCpus({
    configuration,
    dataDir,
    logger,
    changed: () => void share(),
  })
  const memory = await startMemory({
    configuration,
    nodes: numaNodes,
    reservedBytes: reserved.memoryBytes,
    dataDir,
    logger,
  })
  const allocatable = () =>
    nodeResources({ machine, podsMax, reserved, devices: devices.inventory.resources() })
      .allocatable
  /** What the API shows of static Pods does not count twice. */
  const all = (): readonly Pod[] => [
    ...pods.cache.list().filter((pod) => !isMirrorPod(pod)),
    ...(statics?.list() ?? []),
  ]
  const context: WorkerContext = {
    ...options,
    credentialProviders: given.credentialProviders ?? { credentials: async () => [] },
    files,
    references: references(client),
    probers: probers(),
    clusterDns: { servers: options.clusterDns, domain: options.clusterDomain },
    cgroupRoot,
    cgroups: podCgroups(cgroupRoot, configuration.podPidsLimit),
    hostIPs: addresses,
    memoryCapacity: {
      memoryBytes: machine.memoryBytes,
      swapBytes: await swapForPods(configuration, machine),
    },
    crashBackoffMsMax: crashBackoffMsMax(configuration),
    seccompDefault: configuration.seccompDefault,
    devices,
    cpus,
    memory,
    topology: configuredTopology(configuration, numaNodes, [devices, cpus, memory], (isAligned) => {
      metrics.topologyRequests.inc()
      if (!isAligned) metrics.topologyErrors.inc()
    }),
    metrics,
    dra: given.dra ?? NO_DRA,
    users: await openUserNamespaces({
      dataDir,
      logger,
      podsMax,
      idsPerPod: configuration.userNamespaces?.idsPerPod ?? 65_536,
      handlers: cri.handlers,
    }),
    hash: (text) => nodeCrypto().hashHex('sha256', new TextEncoder().encode(text)),
    allocatable,
    refusal: (pod) =>
      (isStopping ? STOPPING : undefined) ??
      pressureRefusal(pod, keeping.eviction.pressures()) ??
      sysctlRefusal(pod, configuration.allowedUnsafeSysctls) ??
      refusal(pod, all(), nodes.cache.get({ name: nodeName }), allocatable()) ??
      appArmorRefusal(pod, enforcesAppArmor),
    resizeRefusal: (pod) =>
      exclusiveRefusal(pod, cpus, memory) ?? resizeRefusal(pod, all(), allocatable()),
    async services() {
      await services.waitForSync({ signal })
      return services.cache.list()
    },
    runtimeHandler: (pod) => runtimeHandler(client, pod),
    async recursiveReadOnly(pod) {
      const handler = await runtimeHandler(client, pod)
      const found = cri.handlers.find(({ name }) => name === handler)
      return found?.features?.recursiveReadOnlyMounts ?? false
    },
    imageSubPaths: cri.imageSubPaths,
    networkReady: (limit) => network.ready(limit),
    makeProbes: (changed) =>
      podProbes({ ...options, probers: context.probers, metrics: probed }, changed),
    forgetProbes: (pod) => probed.forget(pod),
  }

  informers.start()
  const running = [
    node.run(signal),
    renewNodeLease(
      {
        ...options,
        durationSeconds: configuration.nodeLeaseDurationSeconds,
        nodeUid: () => nodes.cache.get({ name: nodeName })?.metadata.uid,
      },
      signal,
    ),
  ]
  await pods.waitForSync({ signal })
  const mirrors = statics && showStatics(statics)
  const own = startPodWorkers(
    context,
    pods,
    statics && mirrors && { source: statics, mirror: (pod) => mirrors.find(pod) },
  )
  workers = own
  running.push(follow(own), keeping.run(signal))
  const podResources = await servePodResources({
    socket: join(dataDir, 'pod-resources', 'kubelet.sock'),
    pods: own,
    devices,
    cpus,
    memory,
  })
  return {
    ready: node.ready,
    async shutDown() {
      isStopping = true
      node.touch()
      await shutDown({
        clock,
        configuration,
        pods: own.list().map(({ pod }) => pod),
        fail: async (pod, failure) => own.fail(pod.metadata.uid, failure)?.stopped,
      })
    },
    stay() {
      isStopping = false
      node.touch()
    },
    find: (namespace, name, uid) => own.find(namespace, name, uid),
    list: () => own.list(),
    onChange: (uid, callback) => own.onChange(uid, callback),
    stats,
    machine,
    configuration,
    metrics: metrics.set,
    probeMetrics: probed.set,
    checkpoint: (pod, container, timeoutSeconds) =>
      checkpointContainer(
        { runtime, clock, directory: join(dataDir, 'checkpoints') },
        pod,
        container,
        timeoutSeconds,
      ),
    async [Symbol.asyncDispose]() {
      abort.abort(new Error('The node agent stops'))
      network[Symbol.dispose]()
      await podResources[Symbol.asyncDispose]()
      await mirrors?.[Symbol.asyncDispose]()
      await statics?.[Symbol.asyncDispose]()
      await own[Symbol.asyncDispose]()
      await devices[Symbol.asyncDispose]()
      await Promise.all(running)
    },
  }

  /** Lets containers run where no other has CPUs for itself. */
  async function shareCpus(): Promise<void> {
    const shared = knownPods().flatMap(({ pod, ...found }) =>
      found.containers().flatMap(({ name, id, state }) => {
        const isShared = state === 'running' && !cpus.exclusive(pod.metadata.uid, name)
        return isShared ? [{ id, cpusetCpus: cpus.cpuset(pod.metadata.uid, name) }] : []
      }),
    )
    for (const { id, cpusetCpus } of shared)
      await runtime.updateContainerResources(id, { cpusetCpus }).catch((error: unknown) => {
        logger.warn('Cannot move a container to other CPUs', { container: id, error })
      })
  }

  async function follow(own: PodWorkers): Promise<void> {
    for await (const event of runtimeEvents({ connection, runtime, clock, logger }, { signal }))
      own.observe(event)
  }

  function showStatics(source: PodSource): MirrorPods {
    const registered = () => nodes.cache.get({ name: nodeName })
    const mirrors = startMirrorPods({ ...options, pods, statics: source, node: registered })
    // Their statuses are told once there is somewhere to tell them.
    const told = pods.subscribe({
      add: (pod) => {
        const shown = isMirrorPod(pod)
          ? source.list().find((each) => fullName(each) === fullName(pod))
          : undefined
        if (shown) workers?.touch(shown.metadata.uid)
      },
    })
    const registration = nodes.subscribe({ add: () => mirrors.touch() })
    return {
      ...mirrors,
      async [Symbol.asyncDispose]() {
        for (const each of [told, registration]) each[Symbol.dispose]()
        await mirrors[Symbol.asyncDispose]()
      },
    }
  }
}

/** What Pods may swap out in all; undefined where there is nothing to limit, or the kernel (cgroup v1) cannot. */
async function swapForPods(
  { memorySwap }: KubeletConfiguration,
  { swapBytes }: Machine,
): Promise<number | undefined> {
  const { unified } = await findHierarchies()
  if (unified === undefined || swapBytes === 0) return undefined
  return memorySwap?.swapBehavior === 'LimitedSwap' ? swapBytes : 0
}

const CRASH_BACKOFF_MAX = '5m'

function crashBackoffMsMax({ crashLoopBackOff }: KubeletConfiguration): number {
  return parseDuration(crashLoopBackOff?.maxContainerRestartPeriod ?? CRASH_BACKOFF_MAX)
}

function podsMaxOf({ maxPods, podsPerCore = 0 }: KubeletConfiguration, cpus: number): number {
  return podsPerCore > 0 ? Math.min(maxPods, podsPerCore * cpus) : maxPods
}

async function staticPods(
  { staticPodPath: path }: KubeletConfiguration,
  { nodeName, clock, logger }: Pick<KubeletOptions, 'nodeName' | 'clock' | 'logger'>,
): Promise<(PodSource & AsyncDisposable) | undefined> {
  if (!path) return undefined
  return staticPodFiles({ path, nodeName, clock, logger, crypto: nodeCrypto() })
}

/** Reads single objects: nodes may read no more than what their Pods refer to. */
function references(client: Client): References {
  const unlessMissing = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }
  return {
    secret: (namespace, name) => unlessMissing(client.get(Secret, { namespace, name })),
    configMap: (namespace, name) => unlessMissing(client.get(ConfigMap, { namespace, name })),
  }
}

async function runtimeHandler(client: Client, { spec }: Pod): Promise<string> {
  const name = spec.runtimeClassName
  if (!name) return ''
  try {
    return (await client.get(RuntimeClass, { name })).handler
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new Error(`runtimeclass.node.k8s.io ${JSON.stringify(name)} not found`, { cause: error })
  }
}
