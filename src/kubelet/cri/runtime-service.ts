import { within, type CallOptions, type Connection, type Method } from '../../grpc/connection.ts'
import { RUNTIME } from './methods.ts'
import type { Input } from '../../grpc/proto3.ts'
import type { RuntimeService } from './types.ts'

const REQUEST_TIMEOUT_MS = 120_000 // The default of upstream's --runtime-request-timeout.
const COMMAND_TIMEOUT_MS = 24 * 3600 * 1000 // Of a command without a limit: a hook may use its Pod's whole grace period.
const ALIVE_TIMEOUT_MS = 10_000 // Asked to see whether the runtime is alive at all.

/** A container runtime behind a connection. */
export function runtimeService(connection: Connection): RuntimeService {
  const call = <Q, R>(
    method: Method<Q, R>,
    request: Input<Q>,
    options?: CallOptions,
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<R> => connection.unary(method, request, within(timeoutMs, options))
  const quietly = async <Q>(
    method: Method<Q, unknown>,
    request: Input<Q>,
    options?: CallOptions,
  ): Promise<void> => {
    await call(method, request, options)
  }

  return {
    version: (options) => call(RUNTIME.version, { version: '0.1.0' }, options, ALIVE_TIMEOUT_MS),
    status: (verbose = false, options) =>
      call(RUNTIME.status, { verbose }, options, ALIVE_TIMEOUT_MS),
    updateRuntimeConfig: (runtimeConfig, options) =>
      quietly(RUNTIME.updateRuntimeConfig, { runtimeConfig }, options),
    runtimeConfig: (options) => call(RUNTIME.runtimeConfig, {}, options),

    async runPodSandbox(config, runtimeHandler = '', options) {
      // Twice the usual, as upstream: the image of the sandbox may have to be pulled.
      const request = { config, runtimeHandler }
      const made = await call(RUNTIME.runPodSandbox, request, options, 2 * REQUEST_TIMEOUT_MS)
      return made.podSandboxId
    },
    stopPodSandbox: (podSandboxId, options) =>
      quietly(RUNTIME.stopPodSandbox, { podSandboxId }, options),
    removePodSandbox: (podSandboxId, options) =>
      quietly(RUNTIME.removePodSandbox, { podSandboxId }, options),
    podSandboxStatus: (podSandboxId, verbose = false, options) =>
      call(RUNTIME.podSandboxStatus, { podSandboxId, verbose }, options),
    listPodSandbox: async (filter = {}, options) =>
      (await call(RUNTIME.listPodSandbox, { filter }, options)).items,

    createContainer: async (podSandboxId, config, sandboxConfig, options) =>
      (await call(RUNTIME.createContainer, { podSandboxId, config, sandboxConfig }, options))
        .containerId,
    startContainer: (containerId, options) =>
      quietly(RUNTIME.startContainer, { containerId }, options),
    async stopContainer(containerId, timeout, options) {
      const timeoutMs = REQUEST_TIMEOUT_MS + timeout * 1000
      await call(RUNTIME.stopContainer, { containerId, timeout }, options, timeoutMs)
    },
    removeContainer: (containerId, options) =>
      quietly(RUNTIME.removeContainer, { containerId }, options),
    listContainers: async (filter = {}, options) =>
      (await call(RUNTIME.listContainers, { filter }, options)).containers,
    containerStatus: (containerId, verbose = false, options) =>
      call(RUNTIME.containerStatus, { containerId, verbose }, options),
    updateContainerResources: (containerId, linux, options) =>
      quietly(RUNTIME.updateContainerResources, { containerId, linux }, options),
    async checkpointContainer(containerId, location, timeout, options) {
      const timeoutMs = timeout > 0 ? REQUEST_TIMEOUT_MS + timeout * 1000 : COMMAND_TIMEOUT_MS
      const request = { containerId, location, timeout }
      await call(RUNTIME.checkpointContainer, request, options, timeoutMs)
    },
    reopenContainerLog: (containerId, options) =>
      quietly(RUNTIME.reopenContainerLog, { containerId }, options),

    execSync(containerId, cmd, timeout, options) {
      const timeoutMs = timeout > 0 ? REQUEST_TIMEOUT_MS + timeout * 1000 : COMMAND_TIMEOUT_MS
      return call(RUNTIME.execSync, { containerId, cmd, timeout }, options, timeoutMs)
    },
    exec: async (request, options) => (await call(RUNTIME.exec, request, options)).url,
    attach: async (request, options) => (await call(RUNTIME.attach, request, options)).url,
    portForward: async (podSandboxId, port, options) =>
      (await call(RUNTIME.portForward, { podSandboxId, port }, options)).url,

    containerStats: async (containerId, options) =>
      (await call(RUNTIME.containerStats, { containerId }, options)).stats ?? {},
    listContainerStats: async (filter = {}, options) =>
      (await call(RUNTIME.listContainerStats, { filter }, options)).stats,
    podSandboxStats: async (podSandboxId, options) =>
      (await call(RUNTIME.podSandboxStats, { podSandboxId }, options)).stats ?? {},
    listPodSandboxStats: async (filter = {}, options) =>
      (await call(RUNTIME.listPodSandboxStats, { filter }, options)).stats,

    getContainerEvents: (options) => connection.stream(RUNTIME.getContainerEvents, {}, options),
  }
}
