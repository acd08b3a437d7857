import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../base/clock.node.ts'
import { nodeCrypto } from '../base/crypto.node.ts'
import { hostAndPort } from '../base/host-and-port.ts'
import { type LiveValue, liveValue } from '../base/live-value.ts'
import type { Logger } from '../base/logger.ts'
import { MetricSet } from '../base/metrics.ts'
import { systemRandom } from '../base/random.node.ts'
import { createClient } from '../client/create-client.ts'
import type { CredentialSource } from '../client/credentials.node.ts'
import { httpsTransport, type HttpsTransportOptions } from '../client/https-transport.node.ts'
import { restClientMetrics } from '../client/rest-client-metrics.ts'
import { createInformers, type SharedInformers } from '../client/shared-informers.ts'
import type { Client } from '../client/client.ts'
import { createEventRecorder } from '../controller-runtime/index.ts'
import { startClusterDns } from '../dns/cluster-dns.node.ts'
import { dnsMetrics } from '../dns/dns-metrics.ts'
import { keepContainerd } from '../kubelet/containerd/keep.node.ts'
import { withoutShimSockets } from '../kubelet/containerd/shim-sockets.node.ts'
import type { ContainerdInstance } from '../kubelet/containerd/start.node.ts'
import { grpcConnection } from '../grpc/grpc-connection.node.ts'
import { imageService } from '../kubelet/cri/image-service.ts'
import { runtimeService } from '../kubelet/cri/runtime-service.ts'
import type { KubeletConfiguration } from '../kubelet/config/kubelet-configuration.ts'
import { DEFAULT_CONFIGURATION } from '../kubelet/config/parse-kubelet-configuration.ts'
import { imageManager } from '../kubelet/images/image-manager.ts'
import { startKubelet, type Kubelet } from '../kubelet/kubelet.node.ts'
import {
  nodeServerCredentials,
  startNodeServer,
  type NodeServerOptions,
} from '../kubelet/server/node-server.node.ts'
import { openDra } from '../kubelet/dra/open-dra.node.ts'
import { credentialProviders } from '../kubelet/images/credential-providers.node.ts'
import { openPullRecords } from '../kubelet/images/open-pull-records.node.ts'
import type { KubeletOptions, NodeNetwork } from '../kubelet/kubelet-options.ts'
import { rootDirectory, useRootDirectory } from '../kubelet/root-directory.node.ts'
import { delayShutdown } from '../kubelet/shutdown/inhibitor.node.ts'
import { notifySystemd } from '../kubelet/shutdown/notify.node.ts'
import { startWatchdog } from '../kubelet/shutdown/watchdog.ts'
import { createPodVolumes } from '../kubelet/volumes/create-pod-volumes.node.ts'
import { localPathAnnotations } from '../kubelet/volumes/local-path.node.ts'
import { findCniPlugins, hasBandwidth, hasPortmap } from '../network/cni/plugins.node.ts'
import { setUpPodNetwork } from '../network/cni/setup.node.ts'
import { applyHostRules } from '../network/host-rules.node.ts'
import { startNodeRoutes } from '../network/node-routes.node.ts'
import { startNetworkPolicies } from '../network/policy/network-policy.node.ts'
import { nodeFileNames } from '../pki/cluster-certificates.ts'
import { readPkiFiles } from '../pki/ensure-pki.node.ts'
import { type Credential, credentialOf, type PkiFiles } from '../pki/pki-files.ts'
import { nodePortRanges } from '../proxy/node-port-addresses.ts'
import { startProxy } from '../proxy/proxy.node.ts'
import { ListenError } from '../serving/listen.node.ts'
import type { TlsServer } from '../serving/tls-server.node.ts'
import { clusterDnsAddress } from './cluster-addresses.ts'
import { DNS_ENDPOINT_ANNOTATION } from './dns-service.ts'
import { machineNodeName, noAddressText, nodeAddresses } from './node-address.node.ts'
import { nodeNames, type NodeNames } from './node-names.ts'

export interface NodeAgentOptions {
  /** All that the node keeps; others of the cluster do not read it. */
  readonly dataDir: string
  /** Where Pods have their files and plugins their sockets, such as `/var/lib/kubelet`; `dataDir` when absent. */
  readonly rootDir?: string
  readonly pkiDirectory: string
  /** The API server's URL. */
  readonly server: string
  /** The port of the API server, where this machine serves it on its own address for Pods alone. */
  readonly apiServerPort?: number
  /** The machine's own name where absent. */
  readonly nodeName?: string
  /** The API server, on another machine, is to reach this node. */
  readonly isReachedByOthers?: boolean
  /** The addresses of Pods: one range, or one of each family with a comma between them. */
  readonly clusterCIDR: string
  readonly serviceRange: string
  readonly clusterDomain: string
  readonly podNetwork: 'builtin' | 'none'
  /** Where the user's CNI plugins are, and their configuration, where the Pod network is theirs. */
  readonly cniConfDir?: string
  readonly cniBinDir?: string
  readonly proxyMode: 'nftables' | 'none'
  /** Where node ports are open: ranges with commas between them, or `primary`. */
  readonly nodeportAddresses?: string
  /** A CRI runtime that exists, instead of a containerd of our own. */
  readonly containerRuntimeEndpoint?: string
  /** A CredentialProviderConfig, and where the programs are that it names. */
  readonly imageCredentialProviderConfig?: string
  readonly imageCredentialProviderBinDir?: string
  /** How the node agent works; upstream's defaults when absent. */
  readonly configuration?: KubeletConfiguration
  readonly logger: Logger
  /** Called with the name of each step of the start that is done. */
  readonly onStep: (name: string) => void
}

const KUBELET_PORT = 10_250
const DNS_PORT = 10_053
const DNS_PORTS_MORE = 100 // Tried in turn where the first is taken.

/** What runs on a node. */
export interface NodeAgent extends AsyncDisposable {
  /** What it is told by the API server, as the node. */
  readonly informers: SharedInformers
  /** Goes on with the certificates of these files, and drops no connection. */
  setCertificates(files: PkiFiles): void
}

/** Starts what a node needs: containerd, the kubelet, the proxy, the Pod network and DNS. Stopping it leaves Pods running. */
export async function startNodeAgent(options: NodeAgentOptions): Promise<NodeAgent> {
  const { logger, onStep } = options
  await using stack = new AsyncDisposableStack()
  await mkdir(options.dataDir, { recursive: true })
  const crypto = nodeCrypto()
  const dataDir = await realpath(options.dataDir)
  const root = await rootOf(dataDir, options.rootDir)
  const names = nodeNames(dataDir, crypto)
  const { nodeName = machineNodeName() } = options
  const clusterCIDRs = options.clusterCIDR.split(',')
  const addresses = nodeAddresses(clusterCIDRs)
  const [address] = addresses
  if (address === undefined) throw new Error(noAddressText(clusterCIDRs))

  const metrics = new MetricSet()
  const runtime = await startRuntime(options, dataDir, stack)
  onStep('container runtime')
  const files = liveValue(await readPkiFiles(options.pkiDirectory))
  const observe = restClientMetrics(metrics)
  const node = connect({ ...options, observe }, stack, files, nodeFileNames(nodeName).client)
  const proxy = connect({ ...options, observe }, stack, files, 'proxy')

  if (options.proxyMode === 'nftables') {
    const nodePortAddresses = nodePortRanges(options.nodeportAddresses, addresses)
    stack.use(
      startProxy({
        ...options,
        ...proxy,
        nodeName,
        table: names.servicesTable,
        clusterCIDRs,
        ...(nodePortAddresses && { nodePortAddresses }),
        clock: systemClock,
        random: systemRandom,
        metrics,
      }),
    )
  }
  if (options.podNetwork === 'builtin') {
    stack.use(
      startNodeRoutes({
        ...names.routes,
        ...proxy,
        nodeName,
        nodeAddress: address,
        clock: systemClock,
        random: systemRandom,
        logger,
      }),
    )
    stack.use(
      startNetworkPolicies({
        ...options,
        ...proxy,
        nodeName,
        table: names.policyTable,
        clock: systemClock,
        random: systemRandom,
      }),
    )
  }
  const dns = await startDns({ ...options, ...proxy, metrics }, address, stack)
  onStep('Services and DNS')

  const connection = stack.use(grpcConnection(runtime.endpoint))
  const images = imageService(connection)
  const anyRuntime = runtimeService(connection)
  const runtimeClient = runtime.layout
    ? withoutShimSockets(anyRuntime, runtime.layout, nodeCrypto())
    : anyRuntime
  let kubelet: Kubelet | undefined
  const nodeServer = stack.use(
    await startNodeServerOnFreePort({
      hosts: [address],
      ...servingOf(files.current, nodeName),
      client: node.client,
      nodeName,
      ...(options.configuration && { configuration: options.configuration }),
      node: () => kubelet,
      runtime: runtimeClient,
      clock: systemClock,
      crypto,
      logger,
    }),
  )
  const dra = stack.use(
    await openDra({ client: node.client, nodeName, dataDir: root, clock: systemClock, logger }),
  )
  const recorder = createEventRecorder({
    client: node.client,
    clock: systemClock,
    logger,
    component: 'kubelet',
    host: nodeName,
  })
  kubelet = stack.use(
    await startKubelet({
      ...node,
      nodeName,
      nodeAddress: addresses,
      nodeAnnotations: {
        [DNS_ENDPOINT_ANNOTATION]: hostAndPort(address, dns.port),
        ...localPathAnnotations(root),
      },
      kubeletPort: nodeServer.port,
      connection,
      runtime: runtimeClient,
      images,
      ...(options.configuration && { configuration: options.configuration }),
      dra,
      ...(await providersOf(options)),
      imageManager: imageManager({
        images,
        clock: systemClock,
        ...pullsOf(options.configuration),
        records: await openPullRecords({
          dataDir,
          logger,
          configuration: options.configuration ?? DEFAULT_CONFIGURATION,
        }),
      }),
      volumes: stack.use(
        createPodVolumes({
          ...node,
          nodeName,
          clock: systemClock,
          random: systemRandom,
          logger,
          recorder,
          dataDir: root,
          pluginHandlers: { DRAPlugin: dra },
        }),
      ),
      network: podNetwork(options, names, dataDir, address, [
        ...(options.apiServerPort === undefined ? [] : [options.apiServerPort]),
        ...(options.isReachedByOthers ? [] : [nodeServer.port]),
        dns.port,
      ]),
      clock: systemClock,
      random: systemRandom,
      logger,
      metrics,
      recorder,
      ...dnsOfPods(options),
      dataDir: root,
      cgroupRoot: names.cgroup,
    }),
  )
  await kubelet.ready
  const onShutdown = (): Promise<void> => kubelet.shutDown()
  const onCancelled = (): void => kubelet.stay()
  const { configuration } = kubelet
  stack.use(await delayShutdown({ configuration, logger, onShutdown, onCancelled }))
  stack.use(
    startWatchdog({
      environment: process.env,
      pids: [process.pid, process.ppid],
      clock: systemClock,
      logger,
      notify: notifySystemd,
    }),
  )
  onStep('node ready')
  const owned = stack.move()
  return {
    informers: node.informers,
    setCertificates(next) {
      files.set(next)
      nodeServer.setCredentials(nodeServerCredentials(servingOf(next, nodeName)))
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function rootOf(dataDir: string, rootDir: string | undefined): Promise<string> {
  return rootDir === undefined ? rootDirectory(dataDir) : useRootDirectory(dataDir, rootDir)
}

/** Programs that know credentials of registries, where both are named. */
async function providersOf({
  imageCredentialProviderConfig: configFile,
  imageCredentialProviderBinDir: binDirectory,
  logger,
}: NodeAgentOptions): Promise<Pick<KubeletOptions, 'credentialProviders'>> {
  if (configFile === undefined || binDirectory === undefined) return {}
  const options = { configFile, binDirectory, clock: systemClock, logger }
  return { credentialProviders: await credentialProviders(options) }
}

/** Whom Pods ask for names: the cluster's DNS, or what the configuration names. */
function dnsOfPods({
  configuration,
  serviceRange,
  clusterDomain,
}: NodeAgentOptions): Pick<KubeletOptions, 'clusterDns' | 'clusterDomain'> {
  const { clusterDNS: servers = [], clusterDomain: domain } = configuration ?? {}
  return {
    clusterDns: servers.length > 0 ? servers : [clusterDnsAddress(serviceRange)],
    clusterDomain: domain || clusterDomain,
  }
}

/** How many images are pulled at once. */
function pullsOf(configuration: KubeletConfiguration | undefined): {
  readonly pullsAtOnce: number
} {
  const { maxParallelImagePulls: max, serializeImagePulls } = configuration ?? {}
  const isOneByOne = serializeImagePulls ?? (max === undefined || max < 2)
  return { pullsAtOnce: isOneByOne ? 1 : (max ?? Infinity) }
}

/** What the node's own API serves with. */
function servingOf(
  files: PkiFiles,
  nodeName: string,
): { readonly serving: Credential; readonly clientCaPem: string } {
  const { serving } = nodeFileNames(nodeName)
  return { serving: credentialOf(files, serving), clientCaPem: files.get('ca.crt') ?? '' }
}

/** The runtime that the user names, or a containerd of ours that is kept running. */
async function startRuntime(
  options: NodeAgentOptions,
  dataDir: string,
  stack: AsyncDisposableStack,
): Promise<Pick<ContainerdInstance, 'endpoint'> & Partial<Pick<ContainerdInstance, 'layout'>>> {
  if (options.containerRuntimeEndpoint !== undefined)
    return { endpoint: options.containerRuntimeEndpoint }
  const abort = new AbortController()
  const started = Promise.withResolvers<ContainerdInstance>()
  const containerd = {
    dataDir,
    crypto: nodeCrypto(),
    cniConfDir:
      options.podNetwork === 'none'
        ? (options.cniConfDir ?? '/etc/cni/net.d')
        : join(dataDir, 'cni', 'net.d'),
    cniBinDir: options.cniBinDir ?? (await findCniPlugins()),
    logger: options.logger,
  }
  const kept = keepContainerd(containerd, { signal: abort.signal, started: started.resolve })
  kept.catch(started.reject)
  stack.defer(async () => {
    abort.abort()
    await kept.catch(() => undefined) // Its failure was told when it happened.
  })
  return started.promise
}

interface Connected {
  readonly client: Client
  readonly informers: SharedInformers
}

/** Talks to the API server as the user of a certificate, which may be renewed meanwhile. */
function connect(
  { server, logger, observe }: NodeAgentOptions & Required<Pick<HttpsTransportOptions, 'observe'>>,
  stack: AsyncDisposableStack,
  files: LiveValue<PkiFiles>,
  name: string,
): Connected {
  const transport = stack.use(
    httpsTransport({
      server,
      ca: () => files.current.get('ca.crt') ?? '',
      credentials: certificateSource(files, name),
      observe,
    }),
  )
  const client = createClient(transport)
  const informers = stack.use(
    createInformers({ client, clock: systemClock, random: systemRandom, logger }),
  )
  return { client, informers }
}

// The same object as long as nothing has changed, so that connections are kept.
function certificateSource(files: LiveValue<PkiFiles>, name: string): CredentialSource {
  let known: { readonly type: 'certificate'; readonly cert: string; readonly key: string }
  return () => {
    const { certPem: cert, keyPem: key } = credentialOf(files.current, name)
    if (known?.cert !== cert || known.key !== key) known = { type: 'certificate', cert, key }
    return known
  }
}

async function startDns(
  {
    clusterDomain: domain,
    serviceRange,
    logger,
    informers,
    metrics: set,
  }: NodeAgentOptions & Pick<Connected, 'informers'> & { readonly metrics: MetricSet },
  host: string,
  stack: AsyncDisposableStack,
): Promise<{ readonly port: number }> {
  const metrics = dnsMetrics({ set, domain, host })
  for (let port = DNS_PORT; ; port++) {
    try {
      stack.use(
        await startClusterDns({
          informers,
          host,
          port,
          serviceAddress: clusterDnsAddress(serviceRange),
          domain,
          clock: systemClock,
          logger,
          metrics,
        }),
      )
      return { port }
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      if (!isTaken || port === DNS_PORT + DNS_PORTS_MORE) throw error
    }
  }
}

/** On the kubelet's own port, or any other where another process has it. */
async function startNodeServerOnFreePort(
  options: Omit<NodeServerOptions, 'port'>,
): Promise<TlsServer> {
  try {
    return await startNodeServer({ ...options, port: KUBELET_PORT })
  } catch (error) {
    if (!(error instanceof ListenError && error.problem === 'in-use')) throw error
    return startNodeServer({ ...options, port: 0 })
  }
}

/** Sets up the Pod network once the node knows its range. */
function podNetwork(
  options: NodeAgentOptions,
  names: NodeNames,
  dataDir: string,
  address: string,
  ports: readonly number[],
): NodeNetwork {
  return {
    async configure(podCIDRs) {
      if (options.podNetwork === 'none') return
      const plugins = await findCniPlugins()
      const hostPorts = (await hasPortmap(plugins, process.env['PATH'] ?? '')) ? 'portmap' : 'none'
      await applyHostRules({
        table: names.hostTable,
        clusterCIDRs: options.clusterCIDR.split(','),
        podCIDRs,
        bridge: names.bridge,
        address,
        ports,
      })
      const network = {
        name: names.network,
        bridge: names.bridge,
        podCIDRs,
        stateDir: join(dataDir, 'cni', 'state'),
        hostPorts,
        limitsBandwidth: await hasBandwidth(plugins),
      } as const
      await setUpPodNetwork(network, join(dataDir, 'cni', 'net.d'))
    },
  }
}
