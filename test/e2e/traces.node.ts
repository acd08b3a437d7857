import { globSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { nodeNames } from '../../src/cluster/node-names.ts'
import { containerdLayout } from '../../src/kubelet/containerd/layout.ts'
import { output } from './programs.node.ts'
import type { TestCluster } from './test-cluster.node.ts'

/** What a cluster has put on its machine, outside its data directory. */
export interface Traces {
  readonly processes: readonly string[]
  /** Pods' network namespaces are among them: each is held by a mount. */
  readonly mounts: readonly string[]
  readonly cgroups: readonly string[]
  readonly interfaces: readonly string[]
  readonly tables: readonly string[]
}

export async function tracesOf({ dataDir, machine }: TestCluster): Promise<Traces> {
  const node = join(dataDir, 'node')
  const { cgroup } = nodeNames(node, nodeCrypto())
  const marks = [dataDir, containerdLayout(node, nodeCrypto()).runDir, `${cgroup}/`]
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const links = await output(machine.inside(['ip', '-oneline', 'link']))
  const tables = await output(machine.inside(['nft', 'list', 'tables']))
  return {
    processes: await processesWith(marks),
    mounts: mounts.filter((line) => marks.some((mark) => line.includes(mark))),
    cgroups: globSync([`/sys/fs/cgroup${cgroup}`, `/sys/fs/cgroup/*${cgroup}`]),
    interfaces: links.split('\n').map((line) => line.split(': ')[1]!),
    tables: tables.split('\n').filter((line) => line !== ''),
  }
}

/** The processes whose command, cgroup or open files name one of these places, as `PID COMMAND`. */
export async function processesWith(marks: readonly string[]): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll(
        '\0',
        ' ',
      )
      const cgroup = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '')
      const text = [command, cgroup, ...(await openFiles(pid))].join('\n')
      return marks.some((mark) => text.includes(mark)) ? [`${pid} ${command}`] : []
    }),
  )
  return found.flat()
}

/** None where the process has ended, or is another user's. */
async function openFiles(pid: string): Promise<string[]> {
  const directory = `/proc/${pid}/fd`
  const files = await readdir(directory).catch(() => [])
  return Promise.all(files.map((file) => readlink(join(directory, file)).catch(() => '')))
}
