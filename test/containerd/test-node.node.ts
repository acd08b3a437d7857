import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { silentLogger, type Logger } from '../../src/base/logger.ts'
import { randomInt } from '../../src/base/random.ts'
import { systemRandom } from '../../src/base/random.node.ts'
import {
  findBinary,
  findContainerd,
  searchPath,
  searchPathFrom,
} from '../../src/kubelet/containerd/binaries.node.ts'
import {
  startContainerd,
  type ContainerdInstance,
  type ContainerdOptions,
} from '../../src/kubelet/containerd/start.node.ts'
import type { ContainerdLayout } from '../../src/kubelet/containerd/layout.ts'
import { withoutShimSockets } from '../../src/kubelet/containerd/shim-sockets.node.ts'
import { stopContainerd } from '../../src/kubelet/containerd/stop.node.ts'
import type { Connection } from '../../src/grpc/connection.ts'
import { grpcConnection } from '../../src/grpc/grpc-connection.node.ts'
import { imageService } from '../../src/kubelet/cri/image-service.ts'
import { runtimeService } from '../../src/kubelet/cri/runtime-service.ts'
import type {
  ImageService,
  Input,
  PodSandboxConfig,
  RuntimeService,
} from '../../src/kubelet/cri/types.ts'
import { loadImages } from '../../src/kubelet/images/load.node.ts'
import { unmountBelow } from '../../src/kubelet/volumes/mounts.node.ts'
import type { PodNetwork } from '../../src/network/cni/conflist.ts'
import { findCniPlugins } from '../../src/network/cni/plugins.node.ts'
import { setUpPodNetwork, tearDownPodNetwork } from '../../src/network/cni/setup.node.ts'
import { busyboxArchive, hasBusybox } from '../images/busybox-archive.node.ts'

export const IMAGE = 'localhost/busybox:1'

const MODERN_DIR = '/opt/containerd-2/bin'

/** Where a containerd is looked for that knows image volumes, CRI's events and users of Pods' own. */
export const MODERN_PATH = searchPathFrom(MODERN_DIR)

/** Why containers cannot run here, with the containerd of a path; false where they can. */
export async function whyNoContainers(path = searchPath()): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'needs root'
  if (path === MODERN_PATH && !(await findBinary('containerd', MODERN_DIR)))
    return `needs ${MODERN_DIR}, see .ci/install-containerd`
  try {
    await findContainerd(path)
    await findCniPlugins()
  } catch (error) {
    return (error as Error).message
  }
  return (await hasBusybox()) ? false : 'needs the package busybox-static'
}

export interface TestPod {
  readonly config: Input<PodSandboxConfig>
  readonly id: string
}

export interface TestNode extends AsyncDisposable {
  readonly dataDir: string
  readonly options: ContainerdOptions & { readonly logger: Logger }
  /** The first three numbers of the Pods' addresses. */
  readonly subnet: string
  readonly bridge: string
  readonly cgroup: string
  readonly connection: Connection
  readonly runtime: RuntimeService
  readonly images: ImageService
  /** Starts containerd, or finds it. */
  start(): Promise<ContainerdInstance>
  /** Where its parts lie. */
  layout(): Promise<ContainerdLayout>
  /** The processes that hold a sandbox. */
  shims(sandboxId: string): Promise<readonly number[]>
  /** Stops it, and removes the network. */
  stop(): Promise<void>
  runPod(name: string, config?: Input<PodSandboxConfig>): Promise<TestPod>
  /** Starts a container with a shell script; gives its id. */
  runShell(pod: TestPod, name: string, script: string): Promise<string>
}

/** A containerd with a Pod network of its own, beside whatever else runs on this machine, and one image. */
export async function testNode({
  hostPorts = 'none',
  path = searchPath(),
}: Partial<
  Pick<PodNetwork, 'hostPorts'> & Pick<ContainerdOptions, 'path'>
> = {}): Promise<TestNode> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trierarch-node-'))
  const id = dataDir.slice(-6)
  const crypto = nodeCrypto()
  const subnet = `10.250.${randomInt(systemRandom, 256)}`
  const network = {
    name: `test-${id}`,
    bridge: `tri-${id}`,
    podCIDRs: [`${subnet}.0/24`],
    stateDir: join(dataDir, 'cni/state'),
    hostPorts,
  }
  const cniConfDir = join(dataDir, 'cni/net.d')
  const cgroup = `/trierarch-test-${id}`
  const options = {
    dataDir,
    crypto,
    cniConfDir,
    cniBinDir: await findCniPlugins(),
    logger: silentLogger,
    path,
  }

  const start = async (): Promise<ContainerdInstance> => {
    await setUpPodNetwork(network, cniConfDir)
    return startContainerd(options)
  }
  const stop = async (): Promise<void> => {
    await stopContainerd({ dataDir, crypto, logger: silentLogger, cgroupRoot: cgroup })
    await tearDownPodNetwork(network, cniConfDir)
  }
  await using leftovers = new AsyncDisposableStack() // Of a start that fails half-way.
  leftovers.defer(async () => {
    await stop()
    await unmountBelow(dataDir)
    await rm(dataDir, { recursive: true, force: true })
  })
  const instance = await start()
  const connection = leftovers.use(grpcConnection(instance.endpoint))
  const runtime = withoutShimSockets(runtimeService(connection), instance.layout, crypto)
  const images = imageService(connection)
  const archive = join(dataDir, 'busybox.tar')
  await writeFile(archive, await busyboxArchive({ name: IMAGE }))
  await loadImages(instance.images, images, [archive])
  const everything = leftovers.move()

  return {
    dataDir,
    options,
    subnet,
    bridge: network.bridge,
    cgroup,
    connection,
    runtime,
    images,
    start,
    stop,
    layout: async () => (await start()).layout,
    async shims(sandboxId) {
      const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args'])
      return stdout
        .split('\n')
        .filter((line) => line.includes('-shim') && line.includes(sandboxId))
        .map((line) => Number.parseInt(line, 10))
    },
    async runPod(name, extra = {}) {
      const logDirectory = join(dataDir, 'logs', name)
      await mkdir(logDirectory, { recursive: true })
      const metadata = { name, uid: `uid-${name}`, namespace: 'default' }
      const linux = { cgroupParent: `${cgroup}/${name}` }
      const config = { metadata, hostname: name, logDirectory, linux, ...extra }
      return { config, id: await runtime.runPodSandbox(config) }
    },
    async runShell(pod, name, script) {
      const config = {
        metadata: { name },
        image: { image: IMAGE },
        command: ['sh', '-c', script],
        logPath: `${name}.log`,
      }
      const container = await runtime.createContainer(pod.id, config, pod.config)
      await runtime.startContainer(container)
      return container
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}
