import { readFile, readdir, statfs } from 'node:fs/promises'
import { arch, availableParallelism, release, totalmem } from 'node:os'
import type { Machine, MachineUse } from './machine.ts'

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }
const HUGEPAGES_DIR = '/sys/kernel/mm/hugepages'

/** Looks at this machine; `dataDir` tells which disk Pods use. */
export async function readMachine(dataDir: string): Promise<Machine> {
  const [memory, disk, osRelease, ids, hugepages] = await Promise.all([
    memoryInfo(),
    statfs(dataDir),
    text('/etc/os-release'),
    Promise.all([
      text('/etc/machine-id'),
      text('/sys/class/dmi/id/product_uuid'),
      text('/proc/sys/kernel/random/boot_id'),
    ]),
    readHugepages(),
  ])
  const [machineID, systemUUID, bootID] = ids
  return {
    cpus: availableParallelism(),
    memoryBytes: memory.get('MemTotal') ?? totalmem(),
    swapBytes: memory.get('SwapTotal') ?? 0,
    diskBytes: disk.blocks * disk.bsize,
    hugepages,
    architecture: ARCHITECTURES[arch()] ?? arch(),
    operatingSystem: 'linux',
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux',
    machineID,
    systemUUID: systemUUID || machineID,
    bootID,
  }
}

/** Whether the kernel enforces AppArmor profiles. */
export async function hasAppArmor(): Promise<boolean> {
  return (await text('/sys/module/apparmor/parameters/enabled')).startsWith('Y')
}

/** Looks at how full this machine is. */
export async function readMachineUse(): Promise<MachineUse> {
  const [memory, load, processesMax] = await Promise.all([
    memoryInfo(),
    text('/proc/loadavg'),
    text('/proc/sys/kernel/pid_max'),
  ])
  return {
    memoryBytes: memory.get('MemTotal') ?? totalmem(),
    memoryAvailableBytes: memory.get('MemAvailable') ?? 0,
    processes: Number(/\/(\d+)/.exec(load)?.[1] ?? 0),
    processesMax: Number(processesMax),
    swapBytes: memory.get('SwapTotal') ?? 0,
    swapFreeBytes: memory.get('SwapFree') ?? 0,
  }
}

async function memoryInfo(): Promise<ReadonlyMap<string, number>> {
  const lines = (await text('/proc/meminfo')).matchAll(/^(\w+):\s+(\d+) kB$/gm)
  return new Map([...lines].map(([, name, kib]) => [name!, Number(kib) * 1024]))
}

/** Bytes of huge pages by resource, such as `hugepages-2Mi`: of the machine, or of what has such a directory. */
export async function readHugepages(
  directory = HUGEPAGES_DIR,
): Promise<Readonly<Record<string, number>>> {
  const names = await readdir(directory).catch(() => [])
  const sizes = await Promise.all(
    names.map(async (name) => {
      const kib = Number(/(\d+)kB/.exec(name)?.[1] ?? 0)
      const pages = Number(await text(`${directory}/${name}/nr_hugepages`))
      const unit = kib >= 1024 * 1024 ? `${kib / 1024 / 1024}Gi` : `${kib / 1024}Mi`
      return [`hugepages-${unit}`, kib * 1024 * pages] as const
    }),
  )
  return Object.fromEntries(sizes)
}

async function text(file: string): Promise<string> {
  // Some of these exist on some machines only, or for root.
  return (await readFile(file, 'utf8').catch(() => '')).trim()
}
