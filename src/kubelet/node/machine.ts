/** What a machine is and has. */
export interface Machine {
  readonly cpus: number
  readonly memoryBytes: number
  readonly swapBytes: number
  readonly diskBytes: number
  readonly hugepages: Readonly<Record<string, number>>
  readonly architecture: string
  readonly operatingSystem: string
  readonly kernelVersion: string
  readonly osImage: string
  readonly machineID: string
  readonly systemUUID: string
  readonly bootID: string
}

/** How full a machine is. */
export interface MachineUse {
  readonly memoryBytes: number
  readonly memoryAvailableBytes: number
  readonly processes: number
  readonly processesMax: number
  readonly swapBytes: number
  readonly swapFreeBytes: number
}
