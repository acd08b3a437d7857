import type { Connection } from '../../grpc/connection.ts'
import type { Plugin, PluginHandler } from '../plugins/plugin-registry.node.ts'
import { meetDriver, type CsiDriver } from './csi-driver.ts'
import type { CsiNodeWriter } from './csi-node.ts'

interface CsiDriversOptions {
  readonly connect: (endpoint: string) => Connection
  readonly writer: CsiNodeWriter
}

interface Registered {
  readonly driver: CsiDriver
  readonly endpoint: string
}

/** The CSI drivers of this node, by name. */
export class CsiDrivers implements PluginHandler, Disposable {
  readonly #options: CsiDriversOptions
  readonly #drivers = new Map<string, Registered>()

  constructor(options: CsiDriversOptions) {
    this.#options = options
  }

  /** The driver of a name. Throws, in upstream's words, where it has not registered. */
  get(name: string): CsiDriver {
    const found = this.#drivers.get(name)
    if (found) return found.driver
    throw new Error(`driver name ${name} not found in the list of registered CSI drivers`)
  }

  async register({ name, endpoint, versions }: Plugin): Promise<void> {
    if (!versions.some((version) => /^v?1\./.test(version)))
      throw new Error(
        `rpc error: driver ${name} supports none of the versions of CSI that this node does: 1.x`,
      )
    const driver = await meetDriver(name, this.#options.connect(endpoint))
    try {
      await this.#options.writer.add(driver)
    } catch (error) {
      driver[Symbol.dispose]()
      throw error
    }
    this.#drivers.get(name)?.driver[Symbol.dispose]()
    this.#drivers.set(name, { driver, endpoint })
  }

  /** A driver that has registered anew meanwhile, with another socket, stays. */
  async deregister({ name, endpoint }: Plugin): Promise<void> {
    const found = this.#drivers.get(name)
    if (!found || found.endpoint !== endpoint) return
    this.#drivers.delete(name)
    found.driver[Symbol.dispose]()
    await this.#options.writer.remove(name)
  }

  [Symbol.dispose](): void {
    for (const { driver } of this.#drivers.values()) driver[Symbol.dispose]()
    this.#drivers.clear()
  }
}
