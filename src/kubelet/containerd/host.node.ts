import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { arch } from 'node:os'
import { join } from 'node:path'
import type { Architecture } from './elf.ts'
import { failedToStart } from './errors.ts'
import { run } from './run.node.ts'

const CAP_SYS_RESOURCE = 24n

/** What this machine can do, as far as containerd's configuration depends on it. */
export interface HostAbilities {
  readonly architecture: Architecture
  readonly snapshotter: 'overlayfs' | 'native'
  /** Without it, a negative `oom_score_adj` is refused. */
  readonly canLowerOomScore: boolean
}

/** Tries what the machine can do; `directory` is where layers will lie. */
export async function hostAbilities(directory: string): Promise<HostAbilities> {
  const canLowerOomScore = await hasCapability(CAP_SYS_RESOURCE)
  return {
    architecture: architecture(),
    snapshotter: await snapshotter(directory),
    canLowerOomScore,
  }
}

/** How layers can be stacked below a directory. */
export async function snapshotter(directory: string): Promise<'overlayfs' | 'native'> {
  return (await canOverlay(directory)) ? 'overlayfs' : 'native'
}

/** This machine's architecture. Throws a `ContainerdError` where we have no sandbox image for it. */
export function architecture(): Architecture {
  const name = arch()
  if (name === 'x64') return 'amd64'
  if (name === 'arm64') return 'arm64'
  throw failedToStart(`processor architecture ${name} is not supported`)
}

async function hasCapability(number: bigint): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = /^CapEff:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  return ((BigInt(`0x${effective}`) >> number) & 1n) === 1n
}

/** Some file systems, overlay itself among them, cannot carry an overlay: only trying tells. */
async function canOverlay(directory: string): Promise<boolean> {
  await mkdir(directory, { recursive: true })
  const trial = await mkdtemp(join(directory, 'overlay-'))
  try {
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
      join(trial, name),
    )
    for (const path of [lower, upper, work, merged]) await mkdir(path!)
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
    const mounted = await run('mount', ['-t', 'overlay', 'overlay', '-o', options, merged!])
    if (mounted.code === 0) await run('umount', [merged!])
    return mounted.code === 0
  } finally {
    await rm(trial, { recursive: true, force: true })
  }
}
