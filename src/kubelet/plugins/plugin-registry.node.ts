import { watch } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { backoffMs } from '../../base/backoff.ts'
import type { Clock } from '../../base/clock.ts'
import { coalesced } from '../../base/coalesced.ts'
import type { Logger } from '../../base/logger.ts'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import { REGISTRATION } from './registration.ts'

/** A plugin that made itself known. */
export interface Plugin {
  readonly name: string
  /** Its own socket, as `unix://…`. */
  readonly endpoint: string
  readonly versions: readonly string[]
}

/** What is to become of the plugins of one type. */
export interface PluginHandler {
  /** Begins to work with a plugin; what it rejects with is told to the plugin, which is asked again later. */
  register(plugin: Plugin): Promise<void>
  /** The plugin's socket is gone. */
  deregister(plugin: Plugin): Promise<void>
}

export interface PluginRegistryOptions {
  /** Where plugins put their sockets. It is made where it is missing. */
  readonly directory: string
  /** By type, such as `CSIPlugin`. */
  readonly handlers: Readonly<Record<string, PluginHandler>>
  readonly clock: Clock
  readonly logger: Logger
}

const CALL = { timeoutMs: 10_000 }
const RETRY = { baseMs: 500, maxMs: 120_000 }

/** Follows the sockets in a directory, and asks each plugin that comes who it is, until disposed. */
export async function watchPlugins(options: PluginRegistryOptions): Promise<AsyncDisposable> {
  await mkdir(options.directory, { recursive: true, mode: 0o750 })
  const registry = new PluginRegistry(options)
  const watcher = watch(options.directory, () => void registry.look())
  watcher.on('error', (error) =>
    options.logger.error('Cannot follow the directory of plugins', { error }),
  )
  void registry.look()
  return {
    async [Symbol.asyncDispose]() {
      watcher.close()
      await registry[Symbol.asyncDispose]()
    },
  }
}

interface Known {
  /** Another one means that the socket was made anew. */
  readonly made: string
  readonly handler: PluginHandler
  readonly plugin: Plugin
}

class PluginRegistry implements AsyncDisposable {
  readonly #options: PluginRegistryOptions
  readonly #known = new Map<string, Known>()
  #failures = 0
  #retry: Disposable | undefined
  #isEnded = false

  constructor(options: PluginRegistryOptions) {
    this.#options = options
  }

  readonly look = coalesced(() => this.#look())

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true
    this.#retry?.[Symbol.dispose]()
    await this.look()
  }

  async #look(): Promise<void> {
    if (this.#isEnded) return
    const failed = await this.#reconcile().catch((error: unknown) => {
      this.#warn('Cannot look for plugins', this.#options.directory, error)
      return true
    })
    this.#retry?.[Symbol.dispose]()
    this.#retry = undefined
    this.#failures = failed ? this.#failures + 1 : 0
    if (failed && !this.#isEnded) {
      const delayMs = backoffMs(RETRY, this.#failures)
      this.#retry = this.#options.clock.after(delayMs, () => void this.look())
    }
  }

  /** Whether a plugin is to be asked again. */
  async #reconcile(): Promise<boolean> {
    const found = await this.#sockets()
    for (const [path, known] of this.#known) {
      if (found.get(path) === known.made) continue
      this.#known.delete(path)
      await known.handler
        .deregister(known.plugin)
        .catch((error: unknown) => this.#warn('Cannot let a plugin go', path, error))
    }
    const missing = [...found].filter(([path]) => !this.#known.has(path))
    const outcomes = await Promise.all(missing.map(([path, made]) => this.#meet(path, made)))
    return outcomes.includes(false)
  }

  async #sockets(): Promise<ReadonlyMap<string, string>> {
    const { directory } = this.#options
    const found = new Map<string, string>()
    for (const name of await readdir(directory)) {
      if (name.startsWith('.')) continue
      const path = join(directory, name)
      const file = await stat(path).catch(() => undefined)
      if (file?.isSocket()) found.set(path, `${file.ino} ${file.ctimeMs}`)
    }
    return found
  }

  async #meet(path: string, made: string): Promise<boolean> {
    using connection = grpcConnection(`unix://${path}`)
    try {
      const info = await connection.unary(REGISTRATION.getInfo, {}, CALL)
      const handler = this.#options.handlers[info.type]
      if (!handler)
        throw new Error(`no handler registered for plugin type: ${info.type} at socket ${path}`)
      const endpoint = `unix://${(info.endpoint || path).replace(/^unix:\/\//, '')}`
      const plugin = { name: info.name, endpoint, versions: info.supportedVersions }
      await handler.register(plugin)
      this.#known.set(path, { made, handler, plugin })
      await connection.unary(REGISTRATION.notify, { pluginRegistered: true }, CALL)
      return true
    } catch (error) {
      this.#warn('Cannot register a plugin', path, error)
      const said = { pluginRegistered: false, error: (error as Error).message }
      await connection.unary(REGISTRATION.notify, said, CALL).catch(() => undefined)
      return this.#known.has(path)
    }
  }

  #warn(message: string, socket: string, error: unknown): void {
    this.#options.logger.warn(message, { socket, error: String(error) })
  }
}
