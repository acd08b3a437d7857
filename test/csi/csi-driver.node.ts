import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Method } from '../../src/grpc/connection.ts'
import { GrpcError, type GrpcCode } from '../../src/grpc/errors.ts'
import { serveGrpc, unaryMethod } from '../../src/grpc/grpc-server.node.ts'
import type { NodeGetCapabilitiesResponse } from '../../src/kubelet/csi/node-messages.ts'
import { CSI_NODE } from '../../src/kubelet/csi/node-methods.ts'
import { REGISTRATION } from '../../src/kubelet/plugins/registration.ts'
import { bindMount, isMounted, unmountBelow } from '../../src/kubelet/volumes/mounts.node.ts'
import { CSI_CONTROLLER } from './controller-messages.ts'
import { controllerService, socketOf, type Serve } from './controller-service.node.ts'

const execute = promisify(execFile)

const METHODS = { ...CSI_NODE, ...CSI_CONTROLLER }
type MethodName = keyof typeof METHODS
type Capability = NonNullable<
  NonNullable<NodeGetCapabilitiesResponse['capabilities'][number]['rpc']>['type']
>

interface Call {
  readonly method: MethodName
  readonly request: unknown
}

/** A CSI driver whose volumes are directories, or for blocks device nodes, and which notes what it is asked. */
export interface TestCsiDriver extends AsyncDisposable {
  readonly name: string
  /** Where the data of a volume is. */
  backing(volumeId: string): string
  /** The requests of one method so far. */
  requests<Q>(method: Method<Q, unknown>): readonly Q[]
  /** How often each method of the node was called that changes something, in the order of the first call. */
  counts(): Readonly<Record<string, number>>
  /** Lets a method fail from now on, or work again. */
  setFailure(method: MethodName, failure: string | undefined, code?: GrpcCode): void
}

interface TestCsiDriverOptions {
  readonly name: string
  /** The agent's; the driver's socket is made in it. */
  readonly dataDir: string
  readonly capabilities?: readonly Capability[]
  readonly volumesMax?: number
}

/** Where the data of a driver's volume or snapshot is. */
export function backingOf(dataDir: string, driver: string, id: string): string {
  return join(dataDir, 'csi-backing', driver, id)
}

/** Serves a driver on a socket of its own, and has it register. */
export async function testCsiDriver({
  name,
  dataDir,
  capabilities = [],
  volumesMax = 0,
}: TestCsiDriverOptions): Promise<TestCsiDriver> {
  const calls: Call[] = []
  const failures = new Map<MethodName, GrpcError>()
  const backing = (volumeId: string): string => backingOf(dataDir, name, volumeId)

  const served: Serve<MethodName> = (method, declared, handle) =>
    unaryMethod(declared, async (request) => {
      calls.push({ method, request })
      const failure = failures.get(method)
      if (failure !== undefined) throw failure
      return handle(request)
    })
  const show = async (from: string, to: string, isBlock: boolean): Promise<void> => {
    if (await isMounted(to)) return
    if (isBlock) await writeFile(to, '')
    else await mkdir(to, { recursive: true })
    await bindMount(from, to)
  }

  const growsOnNode = capabilities.includes('EXPAND_VOLUME')
  const own = socketOf(dataDir, name)
  const stack = new AsyncDisposableStack()
  const driver = await serveAnew(own, [
    ...controllerService(served, { backing, growsOnNode }),
    served('getInfo', CSI_NODE.getInfo, () => ({
      nodeId: `node-of-${name}`,
      maxVolumesPerNode: volumesMax,
      accessibleTopology: { segments: { [`topology.${name}/zone`]: 'z1' } },
    })),
    served('getCapabilities', CSI_NODE.getCapabilities, () => ({
      capabilities: capabilities.map((type) => ({ rpc: { type } })),
    })),
    served('stage', CSI_NODE.stage, async ({ volumeId, stagingTargetPath, volumeCapability }) => {
      await makeBacking(backing(volumeId), volumeCapability?.block !== undefined)
      if (volumeCapability?.mount) await show(backing(volumeId), stagingTargetPath, false)
      return {}
    }),
    served('unstage', CSI_NODE.unstage, async ({ stagingTargetPath }) => {
      await unmountBelow(stagingTargetPath)
      return {}
    }),
    served('publish', CSI_NODE.publish, async (request) => {
      const { volumeId, stagingTargetPath, targetPath, volumeCapability } = request
      const isBlock = volumeCapability?.block !== undefined
      await makeBacking(backing(volumeId), isBlock)
      const from = stagingTargetPath === '' || isBlock ? backing(volumeId) : stagingTargetPath
      await show(from, targetPath, isBlock)
      return {}
    }),
    served('unpublish', CSI_NODE.unpublish, async ({ targetPath }) => {
      await unmountBelow(targetPath)
      return {}
    }),
    served('getVolumeStats', CSI_NODE.getVolumeStats, () => ({
      usage: [
        { unit: 'BYTES', total: 1000, used: 400, available: 600 },
        { unit: 'INODES', total: 100, used: 4, available: 96 },
      ],
    })),
    served('expand', CSI_NODE.expand, ({ capacityRange }) => ({
      capacityBytes: capacityRange?.requiredBytes ?? 0,
    })),
  ])
  stack.use(driver)
  // What the node-driver-registrar does.
  const registrar = await serveAnew(join(dataDir, 'plugins_registry', `${name}-reg.sock`), [
    unaryMethod(REGISTRATION.getInfo, () => ({
      type: 'CSIPlugin',
      name,
      endpoint: own,
      supportedVersions: ['1.0.0'],
    })),
    unaryMethod(REGISTRATION.notify, () => ({})),
  ])
  stack.use(registrar)
  return {
    name,
    backing,
    requests: <Q>(method: Method<Q, unknown>) =>
      calls
        .filter((call) => METHODS[call.method].path === method.path)
        .map(({ request }) => request as Q),
    counts() {
      const counts: Record<string, number> = {}
      for (const { method } of calls)
        if (method in CSI_NODE && !method.startsWith('get'))
          counts[method] = (counts[method] ?? 0) + 1
      return counts
    },
    setFailure(method, failure, code = 'Internal') {
      if (failure === undefined) failures.delete(method)
      else failures.set(method, new GrpcError(method, code, failure))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function serveAnew(
  socket: string,
  methods: Parameters<typeof serveGrpc>[1],
): Promise<AsyncDisposable> {
  await mkdir(dirname(socket), { recursive: true })
  await rm(socket, { force: true })
  return serveGrpc(socket, methods)
}

async function makeBacking(path: string, isBlock: boolean): Promise<void> {
  await mkdir(isBlock ? join(path, '..') : path, { recursive: true })
  // A loop device that nothing stands behind is a block device all the same.
  if (isBlock) await execute('mknod', [path, 'b', '7', '250']).catch(() => undefined)
}
