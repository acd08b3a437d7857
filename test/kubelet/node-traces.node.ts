import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { TestNode } from '../containerd/test-node.node.ts'

/** What Pods leave on a machine while they live, and nothing of it after that. */
export interface NodeTraces {
  readonly mounts: number
  /** Pods' ends of the bridge. */
  readonly interfaces: number
  /** Addresses that are given out. */
  readonly addresses: number
  readonly cgroups: number
  /** The runtime's processes that hold sandboxes. */
  readonly shims: number
  readonly podDirectories: number
  readonly sandboxes: number
}

export async function nodeTraces(node: TestNode): Promise<NodeTraces> {
  const { dataDir, bridge, cgroup, runtime } = node
  const [mountinfo, links, sandboxes, { stdout: processes }] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8'),
    entries(`/sys/class/net/${bridge}/brif`),
    runtime.listPodSandbox(),
    promisify(execFile)('ps', ['-eo', 'args']),
  ])
  const { runDir } = await node.layout()
  const state = globSync(`${dataDir}/cni/state/**/10.250.*`)
  return {
    mounts: mountinfo.split('\n').filter((line) => line.includes(dataDir) || line.includes(runDir))
      .length,
    interfaces: links.length,
    addresses: state.length,
    cgroups: globSync([`/sys/fs/cgroup${cgroup}/**/pod*/`, `/sys/fs/cgroup/*${cgroup}/**/pod*/`])
      .length,
    shims: processes.split('\n').filter((line) => line.includes('-shim') && line.includes(runDir))
      .length,
    podDirectories: (await entries(`${dataDir}/pods`)).length,
    sandboxes: sandboxes.length,
  }
}

async function entries(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => [])
}
