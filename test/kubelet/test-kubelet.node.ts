import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { Event } from '../../src/api/core/v1/event.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { isAlreadyExists, isNotFound } from '../../src/apimachinery/status-predicates.ts'
import { testApiServer } from '../../src/apiserver/testing.ts'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { silentLogger, type Logger } from '../../src/base/logger.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import type { Client } from '../../src/client/client.ts'
import { createClient } from '../../src/client/create-client.ts'
import { createInformers } from '../../src/client/shared-informers.ts'
import { createEventRecorder } from '../../src/controller-runtime/event-recorder.ts'
import type { KubeletConfiguration } from '../../src/kubelet/config/kubelet-configuration.ts'
import { DEFAULT_CONFIGURATION } from '../../src/kubelet/config/parse-kubelet-configuration.ts'
import { openDra } from '../../src/kubelet/dra/open-dra.node.ts'
import { imageManager } from '../../src/kubelet/images/image-manager.ts'
import { startKubelet, type Kubelet } from '../../src/kubelet/kubelet.node.ts'
import { useRootDirectory } from '../../src/kubelet/root-directory.node.ts'
import { createPodVolumes } from '../../src/kubelet/volumes/create-pod-volumes.node.ts'
import type { Input } from '../../src/schema/message.ts'
import { IMAGE, testNode, type TestNode } from '../containerd/test-node.node.ts'

export interface TestKubelet extends AsyncDisposable {
  readonly client: Client
  readonly node: TestNode
  /** The one that runs. */
  readonly kubelet: Kubelet
  /** Takes the API server away, or brings it back. */
  setApiDown(isDown: boolean): void
  /** Stops the node agent alone and starts another one. */
  restart(whileStopped?: () => Promise<void>): Promise<void>
  /** The same, with another configuration. */
  configure(configuration: Partial<KubeletConfiguration>): Promise<void>
  /** Creates a Pod on the node. */
  run(pod: Input<Pod>): Promise<Pod>
  get(name: string): Promise<Pod>
  /** Waits until the Pod is as wanted. */
  until(name: string, holds: (pod: Pod) => boolean): Promise<Pod>
  untilGone(name: string): Promise<void>
  /** Events of a Pod, oldest first, as `REASON MESSAGE`. */
  events(name: string): Promise<readonly string[]>
}

/** A Pod of one container that runs a shell script. */
export function shellPod(
  name: string,
  script: string,
  extra: object = {},
  spec: Partial<Input<Pod>['spec']> = {},
): Input<Pod> {
  const container = { name: 'main', image: IMAGE, command: ['sh', '-c', script], ...extra }
  return {
    metadata: { name, namespace: 'default' },
    spec: { containers: [container], terminationGracePeriodSeconds: 2, ...spec },
  }
}

/** Runs until it is told to stop, and then stops at once. */
export const FOREVER = 'trap "exit 0" TERM; while true; do sleep 0.05; done'

/** A node agent with a real containerd, and an API server in memory. */
export async function testKubelet({
  logger = silentLogger,
  configuration = {},
  rootDir,
}: {
  readonly logger?: Logger
  readonly configuration?: Partial<KubeletConfiguration>
  /** Where Pods have their files and plugins their sockets; the node's directory when absent. */
  readonly rootDir?: string
} = {}): Promise<TestKubelet> {
  await using leftovers = new AsyncDisposableStack() // Of a start that fails half-way.
  const node = leftovers.use(await testNode())
  const dataDir =
    rootDir === undefined ? node.dataDir : await useRootDirectory(node.dataDir, rootDir)
  const api = leftovers.use(await testApiServer({ clock: systemClock }))
  const client = createClient(api.transport)
  for (const name of ['default', 'kube-node-lease'])
    await client.create(Namespace, { metadata: { name } }).catch(unlessThere)

  let isDown = false
  let settings = configuration
  const agentsClient = createClient({
    ...api.transport,
    call: async (request, callOptions) => {
      if (isDown) throw new Error('connect ECONNREFUSED')
      return api.transport.call(request, callOptions)
    },
  })

  const start = async (): Promise<AsyncDisposable & { readonly kubelet: Kubelet }> => {
    const shared = { client: agentsClient, clock: systemClock, random: systemRandom, logger }
    const recorder = createEventRecorder({ ...shared, component: 'kubelet', host: 'test' })
    const informers = createInformers(shared)
    const dra = await openDra({ ...shared, nodeName: 'test', dataDir })
    const volumes = createPodVolumes({
      ...shared,
      pluginHandlers: { DRAPlugin: dra },
      informers,
      recorder,
      nodeName: 'test',
      dataDir,
    })
    const kubelet = await startKubelet({
      ...shared,
      informers,
      recorder,
      configuration: { ...DEFAULT_CONFIGURATION, ...settings },
      nodeName: 'test',
      nodeAddress: '192.0.2.1',
      kubeletPort: 10250,
      connection: node.connection,
      runtime: node.runtime,
      images: node.images,
      imageManager: imageManager({ images: node.images, clock: systemClock }),
      volumes,
      dra,
      network: { configure: async () => undefined },
      clusterDns: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      dataDir,
      cgroupRoot: node.cgroup,
    })
    return {
      kubelet,
      async [Symbol.asyncDispose]() {
        await kubelet[Symbol.asyncDispose]()
        await volumes[Symbol.asyncDispose]()
        dra[Symbol.dispose]()
        await recorder.flush()
        await informers[Symbol.asyncDispose]()
      },
    }
  }
  let running = await start()
  leftovers.defer(() => running[Symbol.asyncDispose]())
  await eventually(() => client.get(Node, { name: 'test' }).catch(() => false as const))
  await client.patch(Node, { name: 'test' }, 'merge', {
    spec: { podCIDR: `${node.subnet}.0/24`, podCIDRs: [`${node.subnet}.0/24`] },
  })
  await running.kubelet.ready

  const restart: TestKubelet['restart'] = async (whileStopped = async () => undefined) => {
    await running[Symbol.asyncDispose]()
    await whileStopped()
    running = await start()
  }
  const everything = leftovers.move()
  const get = (name: string): Promise<Pod> => client.get(Pod, { namespace: 'default', name })
  return {
    client,
    node,
    get kubelet() {
      return running.kubelet
    },
    setApiDown(down) {
      isDown = down
    },
    restart,
    configure(configuration) {
      settings = configuration
      return restart()
    },
    run: (pod) =>
      client.create(Pod, { ...pod, spec: { ...pod.spec, nodeName: 'test' } } as Input<Pod>),
    get,
    until: (name, holds) =>
      eventually(async () => {
        const pod = await get(name)
        return holds(pod) && pod
      }),
    async untilGone(name) {
      await eventually(() => get(name).then(() => false, isNotFound))
    },
    async events(name) {
      const { items } = await client.list(Event)
      return items
        .filter(({ involvedObject }) => involvedObject.name === name)
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .map(({ reason, message }) => `${reason} ${message}`)
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

function unlessThere(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}
