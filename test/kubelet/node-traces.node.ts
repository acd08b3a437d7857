import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { eventually } from '../../src/base/async-eventually.node.ts'
import type { TestNode } from '../containerd/test-node.node.ts'

/** What Pods leave on a machine while they live, and nothing of it after that. */
interface NodeTraces {
  readonly mounts: readonly string[]
  /** Pods' ends of the bridge. */
  readonly interfaces: readonly string[]
  /** Addresses that are given out. */
  readonly addresses: readonly string[]
  readonly cgroups: readonly string[]
  /** The runtime's processes that hold sandboxes. */
  readonly shims: readonly string[]
  readonly podDirectories: readonly string[]
  readonly sandboxes: readonly string[]
}

/** Directories that the node shares with drivers in Pods, where they were not shared before. */
const OF_THE_NODE = /^(\S+ ){4}\S+\/(pods|plugins) /

const NOTHING: NodeTraces = {
  mounts: [],
  interfaces: [],
  addresses: [],
  cgroups: [],
  shims: [],
  podDirectories: [],
  sandboxes: [],
}

/** Waits until nothing is left of a node's Pods, which are gone from the API before the last of them is gone from it. */
export async function untilUnused(node: TestNode): Promise<void> {
  await eventually(async () => (assert.deepEqual(await nodeTraces(node), NOTHING), true))
}

async function nodeTraces(node: TestNode): Promise<NodeTraces> {
  const { dataDir, bridge, cgroup, runtime } = node
  const [mountinfo, interfaces, sandboxes, { stdout: processes }] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8'),
    entries(`/sys/class/net/${bridge}/brif`),
    runtime.listPodSandbox(),
    promisify(execFile)('ps', ['-eo', 'args']),
  ])
  const { runDir } = await node.layout()
  return {
    mounts: mountinfo
      .split('\n')
      .filter((line) => line.includes(dataDir) || line.includes(runDir))
      .filter((line) => !OF_THE_NODE.test(line)),
    interfaces,
    addresses: globSync(`${dataDir}/cni/state/**/10.250.*`),
    cgroups: globSync([`/sys/fs/cgroup${cgroup}/**/pod*/`, `/sys/fs/cgroup/*${cgroup}/**/pod*/`]),
    shims: processes.split('\n').filter((line) => line.includes('-shim') && line.includes(runDir)),
    podDirectories: await entries(`${dataDir}/pods`),
    sandboxes: sandboxes.map(({ id, metadata }) => `${metadata?.name} ${id}`),
  }
}

async function entries(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => [])
}
