import { join } from 'node:path'
import { within } from '../../src/grpc/connection.ts'
import { GrpcError } from '../../src/grpc/errors.ts'
import { grpcConnection } from '../../src/grpc/grpc-connection.node.ts'
import { serveGrpc, streamMethod, unaryMethod } from '../../src/grpc/grpc-server.node.ts'
import { DEVICE_PLUGIN, REGISTER } from '../../src/kubelet/devices/plugin-methods.ts'

/** A plugin whose devices are all the null device, under their own names. */
export interface TestDevicePlugin extends AsyncDisposable {
  /** Tells the node of these devices: whether each is well, by id. */
  tell(devices: Readonly<Record<string, boolean>>): void
  /** Whether it refuses to give any. */
  isBroken: boolean
  readonly started: readonly (readonly string[])[]
}

/** Serves a plugin beside the node's socket and registers it. */
export async function testDevicePlugin(
  directory: string,
  resourceName: string,
  devices: Readonly<Record<string, boolean>>,
  /** The NUMA node that all of them are near to, where they say so. */
  numaNode?: number,
): Promise<TestDevicePlugin> {
  const endpoint = `${resourceName.replace('/', '-')}.sock`
  const started: (readonly string[])[] = []
  let current = devices
  let changed = Promise.withResolvers<void>()
  const plugin = { isBroken: false }
  const server = await serveGrpc(join(directory, endpoint), [
    unaryMethod(DEVICE_PLUGIN.getOptions, () => ({ preStartRequired: true })),
    streamMethod(DEVICE_PLUGIN.listAndWatch, async function* () {
      for (;;) {
        yield {
          devices: Object.entries(current).map(([id, isWell]) => ({
            id,
            health: isWell ? 'Healthy' : 'Unhealthy',
            ...(numaNode !== undefined && { topology: { nodes: [{ id: numaNode }] } }),
          })),
        }
        await changed.promise
      }
    }),
    unaryMethod(DEVICE_PLUGIN.allocate, ({ containerRequests }) => {
      if (plugin.isBroken) throw new GrpcError('Allocate', 'Unknown', 'out of order')
      return {
        containerResponses: containerRequests.map(({ devicesIds }) => ({
          envs: { GIVEN: devicesIds.toSorted().join(',') },
          devices: devicesIds.map((id) => ({
            hostPath: '/dev/null',
            containerPath: `/dev/${id}`,
            permissions: 'rw',
          })),
          mounts: [{ hostPath: '/proc/version', containerPath: '/driver', readOnly: true }],
        })),
      }
    }),
    unaryMethod(DEVICE_PLUGIN.preStartContainer, ({ devicesIds }) => {
      started.push(devicesIds)
      return {}
    }),
  ])
  using node = grpcConnection(join(directory, 'kubelet.sock'))
  const options = { preStartRequired: true }
  await node.unary(
    REGISTER,
    { version: 'v1beta1', endpoint, resourceName, options },
    within(120_000),
  )
  return Object.assign(plugin, {
    started,
    tell(next: Readonly<Record<string, boolean>>) {
      current = next
      const told = changed
      changed = Promise.withResolvers()
      told.resolve()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  })
}
