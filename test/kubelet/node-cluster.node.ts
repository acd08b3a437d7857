import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Event } from '../../src/api/core/v1/event.ts'
import { Namespace } from '../../src/api/core/v1/namespace.ts'
import { Node } from '../../src/api/core/v1/node.ts'
import { Pod } from '../../src/api/core/v1/pod.ts'
import { ServiceAccount } from '../../src/api/core/v1/service-account.ts'
import type { ApiChoice } from '../../src/api/served-resources.ts'
import { systemClock } from '../../src/base/clock.node.ts'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import type { Client } from '../../src/client/client.ts'
import { createClient } from '../../src/client/create-client.ts'
import { httpsTransport } from '../../src/client/https-transport.node.ts'
import type { Informer } from '../../src/client/informer.ts'
import { createInformers } from '../../src/client/shared-informers.ts'
import { startControlPlane } from '../../src/cluster/control-plane.node.ts'
import { machineAddress, machineNodeName } from '../../src/cluster/node-address.node.ts'
import { createEventRecorder } from '../../src/controller-runtime/event-recorder.ts'
import { imageManager } from '../../src/kubelet/images/image-manager.ts'
import { startKubelet, type Kubelet } from '../../src/kubelet/kubelet.node.ts'
import { removePods } from '../../src/kubelet/remove-pods.node.ts'
import { startNodeServer } from '../../src/kubelet/server/node-server.node.ts'
import { createPodVolumes } from '../../src/kubelet/volumes/create-pod-volumes.node.ts'
import { localPathAnnotations } from '../../src/kubelet/volumes/local-path.node.ts'
import { nodeFileNames } from '../../src/pki/cluster-certificates.ts'
import type { Credential } from '../../src/pki/pki-files.ts'
import type { Input } from '../../src/schema/message.ts'
import { MemoryStore } from '../../src/storage/memory/memory-store.ts'
import { rest, type Rest } from '../conformance/rest.node.ts'
import { testNode, whyNoContainers, type TestNode } from '../containerd/test-node.node.ts'
import { logOf } from './log-of.node.ts'

const WAIT_MS = 180_000

/** A whole control plane, served over HTTPS, and one node with real containers, as `trierarch up` has them. */
export interface NodeCluster extends AsyncDisposable {
  readonly client: Client
  readonly rest: Rest
  /** The text of the admin's. */
  readonly kubeconfig: string
  readonly node: TestNode
  readonly nodeName: string
  readonly address: string
  readonly kubelet: Kubelet
  /** A namespace of its own for a test, in which Pods can be created. */
  namespace(name: string): Promise<string>
  /** Creates a Pod on the node. */
  run(namespace: string, pod: Input<Pod>): Promise<Pod>
  /** Waits until the Pod is as wanted; fails where it is gone. */
  until(pod: Pod, holds: (pod: Pod) => boolean): Promise<Pod>
  untilGone(pod: Pod): Promise<void>
  /** Waits until an event tells of the Pod. */
  untilTold(pod: Pod, reason: string): Promise<Event>
  /** All that a run of a container has written, once it has ended. */
  log(pod: Pod, container?: string): Promise<string>
}

/** Why there can be none here; false where there can. */
export async function whyNoNodeCluster(path?: string): Promise<string | false> {
  if (machineAddress('IPv4') === undefined) return 'this machine has no network address'
  return whyNoContainers(path)
}

export interface NodeClusterOptions extends ApiChoice {
  /** Where its containerd is looked for. */
  readonly path?: string
}

export async function nodeCluster({
  path,
  ...choice
}: NodeClusterOptions = {}): Promise<NodeCluster> {
  await using leftovers = new AsyncDisposableStack() // Of a start that fails half-way.
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-cluster-'))
  leftovers.defer(() => rm(directory, { recursive: true, force: true }))
  const pki = join(directory, 'pki')
  const kubeconfig = join(directory, 'kubeconfig')
  const [nodeName, address] = [machineNodeName(), machineAddress('IPv4')!]
  const plane = await startPlane(pki, kubeconfig, choice, leftovers)
  const node = leftovers.use(await testNode({ ...(path !== undefined && { path }) }))
  leftovers.defer(() => removePods(node.dataDir)) // The node agent leaves them running.
  const connect = (credential: Credential, ca: string): Client => {
    const { certPem: cert, keyPem: key } = credential
    const credentials = { type: 'certificate', cert, key } as const
    const server = `https://127.0.0.1:${plane.port}`
    return createClient(leftovers.use(httpsTransport({ server, ca, credentials })))
  }
  const read = async (name: string): Promise<Credential> => ({
    certPem: await readFile(join(pki, `${name}.crt`), 'utf8'),
    keyPem: await readFile(join(pki, `${name}.key`), 'utf8'),
  })
  const ca = await readFile(join(pki, 'ca.crt'), 'utf8')
  const names = nodeFileNames(nodeName)
  const admin = connect(await read('admin'), ca)
  const kubelet = await startAgent(
    { client: connect(await read(names.client), ca), serving: await read(names.serving), ca },
    { node, nodeName, address },
    leftovers,
  )
  await kubelet.ready

  const informers = leftovers.use(
    createInformers({
      client: admin,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    }),
  )
  const pods = informers.informer(Pod)
  const events = informers.informer(Event)
  const accounts = informers.informer(ServiceAccount)
  const nodes = informers.informer(Node)
  informers.start()
  for (const each of [pods, events, accounts, nodes]) await each.waitForSync()
  const text = await readFile(kubeconfig, 'utf8')
  const http = leftovers.use(rest(text))
  // The taint goes that a Node has until it is ready.
  await changed(
    nodes,
    () => nodes.cache.get({ name: nodeName })?.spec.taints === undefined || undefined,
  )

  const owned = leftovers.move()
  const gone = new Error('the Pod is gone')
  const found = ({ metadata: { namespace, name, uid } }: Pod): Pod | undefined => {
    const pod = pods.cache.get({ namespace, name })
    return pod?.metadata.uid === uid ? pod : undefined
  }
  const until: NodeCluster['until'] = async (pod, holds) => {
    let seen = false
    return changed(
      pods,
      () => {
        const now = found(pod)
        if (!now && seen) throw gone
        seen ||= now !== undefined
        return now && holds(now) ? now : undefined
      },
      () => JSON.stringify(found(pod)?.status),
    )
  }
  return {
    client: admin,
    rest: http,
    kubeconfig: text,
    node,
    nodeName,
    address,
    kubelet,
    async namespace(name) {
      await admin.create(Namespace, { metadata: { name } })
      await changed(accounts, () => accounts.cache.get({ namespace: name, name: 'default' }))
      return name
    },
    run: (namespace, pod) =>
      admin.create(Pod, { ...pod, metadata: { ...pod.metadata, namespace } }),
    until,
    async untilGone(pod) {
      await changed(pods, () => (found(pod) ? undefined : true))
    },
    untilTold: ({ metadata: { uid } }, reason) =>
      changed(events, () =>
        events.cache
          .list()
          .find((each) => each.involvedObject.uid === uid && each.reason === reason),
      ),
    async log(pod, container = 'main') {
      await until(pod, ({ status: { containerStatuses = [], initContainerStatuses = [] } }) =>
        [...containerStatuses, ...initContainerStatuses].some(
          ({ name, state }) => name === container && state.terminated !== undefined,
        ),
      )
      return logOf(kubelet, pod, container)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function startPlane(
  pkiDirectory: string,
  kubeconfig: string,
  choice: ApiChoice,
  stack: AsyncDisposableStack,
): Promise<{ readonly port: number }> {
  const store = stack.use(new MemoryStore({ clock: systemClock }))
  return stack.use(
    await startControlPlane({
      ...choice,
      store,
      pkiDirectory,
      kubeconfig,
      host: '127.0.0.1',
      port: 0,
      serviceRange: '10.96.0.0/16',
      clusterCIDR: '10.244.0.0/16',
      node: 'containerd',
      nodes: 0,
      logger: silentLogger,
      onStep: () => undefined,
    }),
  )
}

interface Identity {
  readonly client: Client
  readonly serving: Credential
  readonly ca: string
}

async function startAgent(
  { client, serving, ca }: Identity,
  { node, nodeName, address }: Pick<NodeCluster, 'node' | 'nodeName' | 'address'>,
  stack: AsyncDisposableStack,
): Promise<Kubelet> {
  const shared = { client, clock: systemClock, random: systemRandom, logger: silentLogger }
  const { dataDir, runtime, images, connection, cgroup: cgroupRoot } = node
  let kubelet: Kubelet | undefined
  const server = stack.use(
    await startNodeServer({
      ...shared,
      hosts: [address],
      port: 0,
      serving,
      clientCaPem: ca,
      nodeName,
      node: () => kubelet,
      runtime,
      crypto: nodeCrypto(),
    }),
  )
  const informers = stack.use(createInformers(shared))
  const recorder = createEventRecorder({ ...shared, component: 'kubelet', host: nodeName })
  stack.defer(() => recorder.flush())
  kubelet = stack.use(
    await startKubelet({
      ...shared,
      informers,
      recorder,
      nodeName,
      nodeAddress: address,
      nodeAnnotations: localPathAnnotations(dataDir),
      kubeletPort: server.port,
      connection,
      runtime,
      images,
      imageManager: imageManager({ images, clock: systemClock }),
      volumes: stack.use(createPodVolumes({ ...shared, informers, recorder, nodeName, dataDir })),
      network: { configure: async () => undefined },
      clusterDns: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      dataDir,
      cgroupRoot,
    }),
  )
  return kubelet
}

/** Looks whenever something of the informer has changed; says what it saw last where time is up. */
function changed<T>(
  informer: Pick<Informer<unknown>, 'subscribe'>,
  look: () => T | undefined,
  last: () => string = () => '',
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const tryNow = (): void => {
    try {
      const value = look()
      if (value !== undefined) resolve(value)
    } catch (error) {
      reject(error)
    }
  }
  const subscription = informer.subscribe({ add: tryNow, update: tryNow, delete: tryNow })
  tryNow()
  const timer = setTimeout(() => {
    reject(new assert.AssertionError({ message: `Timed out; last seen: ${last()}` }))
  }, WAIT_MS)
  return promise.finally(() => {
    clearTimeout(timer)
    subscription[Symbol.dispose]()
  })
}
