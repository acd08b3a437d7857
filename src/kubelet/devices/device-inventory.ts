/** A device as its plugin tells of it. */
export interface Device {
  readonly id: string
  readonly isHealthy: boolean
  /** The NUMA nodes that it is near to; empty where it is not said. */
  readonly numaNodes: readonly number[]
}

/** Amounts by resource, as the status of the Node has them. */
export interface DeviceResources {
  readonly capacity: Readonly<Record<string, string>>
  readonly allocatable: Readonly<Record<string, string>>
}

/** The devices of the node, by resource. */
export class DeviceInventory {
  readonly #devices = new Map<string, readonly Device[]>()

  /** The plugin of a resource tells of all its devices. */
  set(resource: string, devices: readonly Device[]): void {
    this.#devices.set(resource, devices)
  }

  /** The plugin is gone: its devices are there, but none can be given away. */
  lose(resource: string): void {
    const devices = this.of(resource)
    this.set(
      resource,
      devices.map((device) => ({ ...device, isHealthy: false })),
    )
  }

  has(resource: string): boolean {
    return this.#devices.has(resource)
  }

  of(resource: string): readonly Device[] {
    return this.#devices.get(resource) ?? []
  }

  names(): readonly string[] {
    return [...this.#devices.keys()]
  }

  resources(): DeviceResources {
    const counts = (counted: (device: Device) => boolean): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Array.from(this.#devices, ([resource, devices]) => [
          resource,
          String(devices.filter(counted).length),
        ]),
      )
    return { capacity: counts(() => true), allocatable: counts(({ isHealthy }) => isHealthy) }
  }
}
