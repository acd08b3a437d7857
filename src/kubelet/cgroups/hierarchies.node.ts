import { readFile } from 'node:fs/promises'

/** Where each controller's hierarchy is mounted: one for all of them is version 2. */
export interface Hierarchies {
  readonly cpu: string | undefined
  readonly cpuacct: string | undefined
  readonly memory: string | undefined
  readonly pids: string | undefined
  readonly unified: string | undefined
}

export async function findHierarchies(): Promise<Hierarchies> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map((line) => line.split(' '))
  const withController = (name: string): string | undefined =>
    mounts.find(
      ([, , type, options]) => type === 'cgroup' && options?.split(',').includes(name),
    )?.[1]
  const cpu = withController('cpu')
  const unified = mounts.find(([, , type]) => type === 'cgroup2')?.[1]
  return {
    cpu,
    cpuacct: withController('cpuacct'),
    memory: withController('memory'),
    pids: withController('pids'),
    // On a machine with both, the controllers are with version 1.
    unified: cpu === undefined ? unified : undefined,
  }
}
