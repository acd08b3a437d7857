import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isExtended } from '../../api/core/v1/resource-names.ts'
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { within, type Connection } from '../../grpc/connection.ts'
import { GrpcError } from '../../grpc/errors.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { serveGrpc, unaryMethod } from '../../grpc/grpc-server.node.ts'
import { openStateFile } from '../state-file.node.ts'
import { DeviceInventory } from './device-inventory.ts'
import { deviceManager, type DeviceManager, type DevicePlugin } from './device-manager.ts'
import { DEVICE_PLUGIN, REGISTER } from './plugin-methods.ts'
import type { DevicePluginOptions, RegisterRequest } from './plugin-messages.ts'

const VERSION = 'v1beta1'
const SOCKET = 'kubelet.sock'
const STATE = 'kubelet_internal_checkpoint'
const CALL_MS = 30_000
const GONE_MS = 300_000 // How long the devices of a plugin count that is gone.

export interface DevicePluginsOptions {
  /** Where our socket is, and those of plugins. */
  readonly directory: string
  /** The NUMA nodes of the machine. */
  readonly numaNodes: readonly number[]
  readonly clock: Clock
  readonly logger: Logger
  /** There are other devices than before. */
  readonly changed: () => void
}

/** The devices of the node. Disposing lets no plugin register any more; containers keep what they have. */
export interface Devices extends DeviceManager, AsyncDisposable {
  readonly inventory: DeviceInventory
}

/**
 * Lets device plugins register (https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/),
 * follows what they tell, and gives their devices to containers. Plugins register anew when the socket is made anew.
 */
export async function startDevices(options: DevicePluginsOptions): Promise<Devices> {
  const { directory, numaNodes, clock, logger, changed } = options
  const inventory = new DeviceInventory()
  const plugins = new Map<string, RunningPlugin>()
  const removals = new Map<string, Disposable>()
  await mkdir(directory, { recursive: true })
  const manager = deviceManager({
    inventory,
    numaNodes,
    plugin: (resource) => plugins.get(resource),
    logger,
    ...(await openStateFile(join(directory, STATE))),
  })
  // Sockets of plugins that have not noticed yet that there is another one of us.
  for (const name of await readdir(directory))
    if (name !== STATE) await rm(join(directory, name), { recursive: true, force: true })

  const lose = (resource: string, plugin: RunningPlugin): void => {
    if (plugins.get(resource) !== plugin) return
    plugins.delete(resource)
    inventory.lose(resource)
    changed()
    const forget = (): void => {
      inventory.set(resource, [])
      changed()
    }
    removals.set(resource, clock.after(GONE_MS, forget))
  }
  const register = async ({
    version,
    endpoint,
    resourceName,
    options: given,
  }: RegisterRequest): Promise<object> => {
    if (version !== VERSION)
      throw new GrpcError(
        'Register',
        'Unknown',
        `requested API version "${version}" is not supported by kubelet. Supported version is "${VERSION}"`,
      )
    if (!isExtended(resourceName))
      throw new GrpcError('Register', 'Unknown', `the ResourceName "${resourceName}" is invalid`)
    plugins.get(resourceName)?.[Symbol.dispose]()
    removals.get(resourceName)?.[Symbol.dispose]()
    removals.delete(resourceName)
    if (!inventory.has(resourceName)) {
      inventory.set(resourceName, [])
      await manager.keep() // After a restart, none is given before its plugin is back.
    }
    const plugin = runPlugin(join(directory, endpoint), given)
    plugins.set(resourceName, plugin)
    logger.info('A device plugin has registered', { resource: resourceName, endpoint })
    plugin
      .follow((devices) => {
        inventory.set(resourceName, devices)
        changed()
      })
      .catch((error: unknown) => {
        logger.warn('A device plugin is gone', { resource: resourceName, error: String(error) })
      })
      .finally(() => lose(resourceName, plugin))
    return {}
  }
  const server = await serveGrpc(join(directory, SOCKET), [unaryMethod(REGISTER, register)])
  return {
    ...manager,
    inventory,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      const running = [...plugins.values()]
      plugins.clear() // None of them is lost: they are left.
      for (const each of [...running, ...removals.values()]) each[Symbol.dispose]()
    },
  }
}

interface RunningPlugin extends DevicePlugin, Disposable {
  /** Calls back with all devices, whenever they change. Ends with the plugin. */
  follow(told: (devices: Parameters<DeviceInventory['set']>[1]) => void): Promise<void>
}

function runPlugin(socket: string, given: DevicePluginOptions | undefined): RunningPlugin {
  const connection: Connection = grpcConnection(socket)
  const abort = new AbortController()
  const options = given
    ? Promise.resolve(given)
    : connection.unary(DEVICE_PLUGIN.getOptions, {}, within(CALL_MS))
  options.catch(() => undefined) // Whoever needs them is told.
  return {
    async follow(told) {
      const { signal } = abort
      for await (const { devices } of connection.stream(DEVICE_PLUGIN.listAndWatch, {}, { signal }))
        told(
          devices.map(({ id, health, topology }) => ({
            id,
            isHealthy: health === 'Healthy',
            numaNodes: topology?.nodes.map((node) => node.id) ?? [],
          })),
        )
    },
    async allocate(ids, signal) {
      const request = { containerRequests: [{ devicesIds: ids }] }
      const limits = within(CALL_MS, { signal })
      const answer = await connection.unary(DEVICE_PLUGIN.allocate, request, limits)
      const [response] = answer.containerResponses
      if (!response) throw new Error('the device plugin answered for no container')
      return response
    },
    async preferred(available, mustInclude, count, signal) {
      const { getPreferredAllocationAvailable: isAsked } = await options
      if (!isAsked) return []
      const wanted = {
        availableDeviceIds: available,
        mustIncludeDeviceIds: mustInclude,
        allocationSize: count,
      }
      const answer = await connection.unary(
        DEVICE_PLUGIN.getPreferredAllocation,
        { containerRequests: [wanted] },
        within(CALL_MS, { signal }),
      )
      return answer.containerResponses[0]?.deviceIds ?? []
    },
    async preStart(ids, signal) {
      const { preStartRequired } = await options
      if (!preStartRequired) return
      const limits = within(CALL_MS, { signal })
      await connection.unary(DEVICE_PLUGIN.preStartContainer, { devicesIds: ids }, limits)
    },
    [Symbol.dispose]() {
      abort.abort()
      connection[Symbol.dispose]()
    },
  }
}
