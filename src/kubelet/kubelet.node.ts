import { mkdir } from 'node:fs/promises'
import { ConfigMap } from '../api/core/v1/config-map.ts'
import { Node } from '../api/core/v1/node.ts'
import { Pod } from '../api/core/v1/pod.ts'
import { Secret } from '../api/core/v1/secret.ts'
import { Service } from '../api/core/v1/service.ts'
import { RuntimeClass } from '../api/node/v1/runtime-class.ts'
import { isNotFound } from '../apimachinery/status-predicates.ts'
import type { Client } from '../client/client.ts'
import { podCgroups } from './cgroups/pod-cgroups.node.ts'
import type { References } from './containers/environment.ts'
import { runtimeEvents } from './cri/runtime-events.ts'
import type { KubeletOptions } from './kubelet-options.ts'
import { readMachine, readMachineUse } from './node/machine.node.ts'
import { nodeImages } from './node/node-images.ts'
import { networkState } from './node/network-state.ts'
import { renewNodeLease } from './node/node-lease.ts'
import { nodeResources } from './node/node-status.ts'
import { nodeWorker } from './node/node-worker.ts'
import { runtimeState } from './node/runtime-state.ts'
import type { PodDirectory } from './pod-directory.ts'
import { podFiles } from './pod-files.node.ts'
import { podProbes } from './probes/probe-manager.ts'
import { probers } from './probes/probers.node.ts'
import { refusal, resizeRefusal } from './pod-workers/admit-pod.ts'
import { startPodWorkers } from './pod-workers/pod-workers.ts'
import type { WorkerContext } from './pod-workers/worker-context.ts'

const VERSION = 'v1.36.0'

/** The node agent. Disposing it leaves the containers running; the next one takes them over. */
export interface Kubelet extends PodDirectory, AsyncDisposable {
  /** Resolves once the node was reported ready. */
  readonly ready: Promise<void>
}

/** Registers the node and looks after its Pods, until disposed. Works on while the API server is away. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { client, clock, informers, logger, nodeName, runtime, dataDir, connection } = options
  await mkdir(dataDir, { recursive: true })
  const machine = await readMachine(dataDir)
  const addresses = [options.nodeAddress].flat()
  const { cgroupRoot = '/kubepods' } = options
  const abort = new AbortController()
  const { signal } = abort

  const nodes = informers.informer(Node, { fieldSelector: `metadata.name=${nodeName}` })
  const pods = informers.informer(Pod, { fieldSelector: `spec.nodeName=${nodeName}` })
  const network = networkState(options, nodes, () => node.touch())
  const cri = await runtimeState(runtime)
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
    annotations: options.nodeAnnotations ?? {},
    prepare: (found) => network.prepare(found),
    facts: async () => ({
      name: nodeName,
      addresses,
      kubeletPort: options.kubeletPort,
      kubeletVersion: options.version ?? VERSION,
      containerRuntimeVersion: cri.version,
      machine,
      use: await readMachineUse(dataDir),
      problems: [...(await cri.problems()), ...network.problems()],
      handlers: cri.handlers,
      images: await nodeImages(options.images).catch(() => []), // The runtime's state tells that it is down.
      ...(options.podsMax !== undefined && { podsMax: options.podsMax }),
    }),
  })
  const services = informers.informer(Service)
  const { allocatable } = nodeResources(machine, options.podsMax)
  const context: WorkerContext = {
    ...options,
    files: podFiles(dataDir),
    references: references(client),
    probers: probers(),
    clusterDns: { servers: options.clusterDns, domain: options.clusterDomain },
    cgroupRoot,
    cgroups: podCgroups(cgroupRoot),
    hostIPs: addresses,
    memoryCapacityBytes: machine.memoryBytes,
    allocatable: () => allocatable,
    refusal: (pod) =>
      refusal(pod, pods.cache.list(), nodes.cache.get({ name: nodeName }), allocatable),
    resizeRefusal: (pod) => resizeRefusal(pod, pods.cache.list(), allocatable),
    async services() {
      await services.waitForSync({ signal })
      return services.cache.list()
    },
    runtimeHandler: (pod) => runtimeHandler(client, pod),
    networkReady: (limit) => network.ready(limit),
    makeProbes: (changed) => podProbes({ ...options, probers: context.probers }, changed),
  }

  informers.start()
  const running = [
    node.run(signal),
    renewNodeLease(
      { ...options, nodeUid: () => nodes.cache.get({ name: nodeName })?.metadata.uid },
      signal,
    ),
  ]
  await pods.waitForSync({ signal })
  const workers = startPodWorkers(context, pods)
  running.push(follow())
  return {
    ready: node.ready,
    find: (namespace, name, uid) => workers.find(namespace, name, uid),
    list: () => workers.list(),
    onChange: (uid, callback) => workers.onChange(uid, callback),
    async [Symbol.asyncDispose]() {
      abort.abort(new Error('The node agent stops'))
      network[Symbol.dispose]()
      await workers[Symbol.asyncDispose]()
      await Promise.all(running)
    },
  }

  async function follow(): Promise<void> {
    for await (const event of runtimeEvents({ connection, runtime, clock, logger }, { signal }))
      workers.observe(event)
  }
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
  return (await client.get(RuntimeClass, { name })).handler
}
